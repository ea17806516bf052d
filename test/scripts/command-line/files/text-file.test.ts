import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNamedText, readTextFile } from '../../../../scripts/command-line/files/text-file.ts';
import { readSweepFile } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { loadRegistry, registryFile } from '../../../../scripts/models/registry.ts';
import { jsonlTask } from '../../../../scripts/workloads/accuracy/tasks/jsonl.ts';
import { readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const mark = '\ufeff';

function file(content: string | Buffer): string {
  const path = join(outputFolder(), 'given.json');
  writeFileSync(path, content);
  return path;
}

test('a byte order mark is no part of a text, and only the first one is a mark', () => {
  expect(readTextFile(file(`${mark}a${mark}b`))).toBe(`a${mark}b`);
});

test('what is not UTF-8 is refused by its path, and so is what cannot be read', () => {
  const path = file(Buffer.from([0x61, 0xff]));
  expect(() => readTextFile(path)).toThrow(`${path} is not in UTF-8`);
  expect(() => readNamedText('/nowhere/x', 'reading the questions')).toThrow(
    /reading the questions \/nowhere\/x failed/,
  );
});

test.each<[what: string, read: (path: string) => unknown, content: string]>([
  ['questions', readQuestions, '{"questions": [{"id": "a", "question": "b", "answer": "c"}]}'],
  ['a sweep', readSweepFile, '{"name": "x", "framework": "llamacpp"}'],
  ['the registry of models', loadRegistry, readTextFile(registryFile)],
  ['pairs', (path) => jsonlTask(path).items({ seed: 1, count: 1 }), '{"question": "b", "answer": "c"}\n'],
])('%s with a mark are those without it', async (_, read, content) => {
  const [marked, plain] = [await read(file(mark + content)), await read(file(content))];
  expect(JSON.stringify(marked).replaceAll(/tokenlap-test-\w+/g, '')).toBe(
    JSON.stringify(plain).replaceAll(/tokenlap-test-\w+/g, ''),
  );
});
