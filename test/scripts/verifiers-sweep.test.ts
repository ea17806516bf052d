/** The sweep as a person starts it, on the embedded model in llama.cpp. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { outputFolder } from '../fakes/output-folder.ts';
import { script } from '../fakes/script.ts';

it('judges tasks, pairs and a text, goes on from what is finished, and collates', async () => {
  const output = outputFolder();
  const text = join(output, 'text.txt');
  const data = join(output, 'pairs.jsonl');
  writeFileSync(text, 'The capital of France is Paris. Five apples and three apples are eight apples. '.repeat(20));
  writeFileSync(data, '{"question": "What is 17 + 25?", "answer": "17 + 25 = 42\\n#### 42"}\n');
  const args = [
    ...['--frameworks', 'llamacpp', '--size', 'tiny', '--quantize', 'f16', '--threads', '1', '--items', '4'],
    ...[
      '--tasks',
      'questions',
      '--data',
      data,
      '--text',
      text,
      '--no-reference',
      '--chunk',
      '64',
      '--output',
      output,
      '--json',
    ],
  ];
  const first = await script('scripts/verifiers-sweep.ts', args);
  expect(first.code).toBe(0);
  const result = JSON.parse(first.stdout);
  expect(result.rows).toMatchObject([
    { task: 'questions', correct: 4, items: 4, maxTokens: 128, reused: false },
    { task: 'jsonl:pairs.jsonl', correct: 1, items: 1 },
  ]);
  expect(result.likelihood.rows.map(({ quantize }: { quantize: string }) => quantize)).toEqual(['f16']);
  const again = JSON.parse((await script('scripts/verifiers-sweep.ts', args)).stdout);
  expect(again.rows.map(({ reused }: { reused: boolean }) => reused)).toEqual([true, true]);
  expect(again.likelihood).toMatchObject({ reused: 1, rows: [{ quantize: 'f16' }] });
  const figuresOf = ({ rows, likelihood }: typeof result) => [
    rows.map(({ score, decodeTokensPerSecond }: Record<string, number>) => [score, decodeTokensPerSecond]),
    likelihood.rows.at(-1).figures,
  ];
  expect(figuresOf(again)).toEqual(figuresOf(result));
  // The tasks and the text: nothing was run twice.
  expect((await collateAll({ output })).logs.found).toBe(2);
  expect(readTable(output, accuracyTable)).toHaveLength(3);
});

it('ends in order on Ctrl-C', async () => {
  const output = outputFolder();
  const { code, stderr } = await script(
    'scripts/verifiers-sweep.ts',
    ['--frameworks', 'llamacpp', '--size', 'tiny', '--tasks', 'word-game', '--items', '5000', '--output', output],
    { interruptAt: 'answering with' },
  );
  expect(code).toBe(130);
  expect(stderr).toContain('Start again to go on');
  const { problems } = await collateAll({ output });
  expect(problems.map(({ kind }) => kind)).toEqual(['interrupted']);
});
