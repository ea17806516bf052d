import { join, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import { fileNamePart, isPlainName, pathWithin } from '../../../../scripts/command-line/files/folders.ts';
import { hostileTexts } from '../../../fakes/hostile-text.ts';

test.each([
  ['host', 'host'],
  ['my laptop (2)', 'my-laptop-2-'],
  ['../../x', '..-..-x'],
  ['', 'unknown'],
  ['..', 'unknown'],
  ['日本', 'unknown'],
  ['CON', '-CON'],
  ['a'.repeat(100), 'a'.repeat(64)],
])('%j is %j in the name of a file', (text, part) => {
  expect(fileNamePart(text)).toBe(part);
});

test.each([
  'model.gguf',
  'model-00001-of-00002.safetensors',
  'Größe 1.bin',
  'owner--name@v1',
  '.hidden',
  'console.txt',
])('%s is a plain name', (name) => {
  expect(isPlainName(name)).toBe(true);
});

test('no hostile text leads out of a folder', () => {
  const folder = resolve('results');
  for (const text of hostileTexts) {
    expect(isPlainName(fileNamePart(text)), text).toBe(true);
    const path = within(folder, text);
    if (path !== null) expect(path.startsWith(`${folder}${sep}`), text).toBe(true);
    expect(within(folder, `shards/${text}/../x`), text).toBeNull();
  }
});

test('a path below a folder is one of plain names', () => {
  expect(pathWithin('models', 'onnx/model.onnx', 'the index')).toBe(join('models', 'onnx', 'model.onnx'));
  expect(() => pathWithin('models', '../x', 'the index of models')).toThrow(
    'the index of models names the file "../x", which is no plain file name',
  );
});

function within(folder: string, name: string): string | null {
  try {
    return pathWithin(folder, name, 'a test');
  } catch {
    return null;
  }
}
