import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { accuracyItemsTable, accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { accuracyLog, item, result, task, wrong } from './accuracy-log.ts';
import type { LogShape } from './log-factory.ts';
import { outputFolder, tablesOf } from './output-folder.ts';
import { uuidOf } from './run-records.ts';

async function collated(records?: readonly RunRecord[], shape: LogShape = {}) {
  const output = outputFolder();
  output.log(accuracyLog(records, shape));
  const { problems, rows } = await collateAll({ output: output.path });
  return {
    problems: problems.map(({ line, reason }) => `${line}: ${reason}`),
    written: rows,
    rows: readTable(output.path, accuracyTable),
    items: readTable(output.path, accuracyItemsTable),
    runs: readTable(output.path, runsTable),
  };
}

test('a task becomes a row of its run, and each item a row', async () => {
  const { problems, written, rows, items } = await collated();
  expect(problems).toEqual([]);
  expect(written).toMatchObject({ accuracy: 1, accuracyItems: 3, runs: 1, answers: 0 });
  expect(rows).toMatchObject([
    {
      uuid: uuidOf(1),
      status: 'completed',
      measure: 'task',
      task: 'arithmetic',
      complete: true,
      items: 3,
      items_asked: 3,
      correct: 2,
      correct_share: expect.closeTo(2 / 3, 12),
      // Wilson 1927 for 2 of 3.
      ci_low: expect.closeTo(0.2077, 4),
      ci_high: expect.closeTo(0.9385, 4),
      score: expect.closeTo(2.5 / 3, 12),
      max_tokens: 32,
      temperature: 0,
      answers: 3,
      cut_answers: 0,
      mean_answer_tokens: 10,
      // 9 tokens in 0.9 s each.
      decode_tokens_per_s: expect.closeTo(10, 9),
      seconds: 10,
      items_sha256: 'ab'.repeat(32),
      perplexity: null,
      hostname: 'host',
      device: 'cpu',
    },
  ]);
  expect(items[2]).toMatchObject({
    task: 'arithmetic',
    item: 2,
    item_id: '2',
    prompt: 'What is 2 + 1?',
    expected: '3',
    answer: 'It is\n3.',
    score: 0.5,
    correct: false,
    reason: 'wrong',
    turns: 1,
    tokens: 10,
    stop: 'end',
    latency_ms: 1000,
  });
});

test('a run that broke off has what it answered, and says that it is not complete', async () => {
  const { rows, items } = await collated([task({ items: 5 }), item(0), item(1, wrong)], { end: null });
  expect(rows).toMatchObject([
    { status: 'killed', complete: false, items: 2, items_asked: 5, correct: 1, score: 0.75, seconds: null },
  ]);
  expect(items).toHaveLength(2);
});

test('several tasks of a run are several rows, and a task without an item has no share', async () => {
  const other = task({ task: 'reverse-text' });
  const { problems, rows } = await collated([task(), item(0), item(1), item(2, wrong), result(), other], {
    end: { status: 'interrupted', error: { message: 'stopped by Ctrl-C' } },
  });
  expect(problems).toEqual(['13: stopped by Ctrl-C']);
  expect(rows).toMatchObject([
    { task: 'arithmetic', complete: true },
    { task: 'reverse-text', complete: false, items: 0, correct_share: null, ci_low: null, score: null },
  ]);
});

test.each<[string, RunRecord[], string]>([
  [
    'a score beside its word',
    [task(), item(0, { correct: false })],
    '7: item 0 (0) of arithmetic is not correct at a score of 1',
  ],
  ['an item out of order', [task(), item(1)], '7: item 1 (1) of arithmetic stands behind 0 others'],
  ['an item of no task', [item(0)], '6: item 0 (0) of arithmetic is in no open task'],
  [
    'more tokens than the limit',
    [task({ maxTokens: 9 }), item(0)],
    '7: item 0 (0) of arithmetic has 10 tokens of at most 9',
  ],
  [
    'more answers than turns',
    [task(), item(0, { answers: [...item(0).answers, ...item(0).answers] })],
    'has 2 answers of 1',
  ],
  [
    'a result that counts others',
    [task(), item(0), result({ items: 1, correct: 0, ciLow: 0, score: 1 })],
    '8: arithmetic: 0 correct, but 1 of the items are',
  ],
  ['a result of more items', [task(), item(0), item(1), result()], '9: arithmetic: a result of 3 items, and 2 of them'],
  [
    'more correct than items',
    [task(), item(0), result({ items: 1, score: 1, ciLow: 0.2, ciHigh: 1 })],
    '8: arithmetic: 2 correct of 1 items',
  ],
  [
    'another mean score',
    [task(), item(0), result({ items: 1, correct: 1, score: 0.5 })],
    'a mean score of 0.5, but that of the items is 1',
  ],
  [
    'an interval beside its share',
    [task(), item(0), result({ items: 1, correct: 1, score: 1, ciLow: 0.2, ciHigh: 0.94 })],
    'the interval 0.2 to 0.94, but 1 of 1 have 0.20654931',
  ],
  ['a task that begins twice', [task(), item(0), task()], '8: the task arithmetic begins twice'],
  ['a completed run without its result', [task(), item(0)], 'a completed accuracy run without a result of arithmetic'],
  ['a completed run without a task', [], 'a completed accuracy run without a task'],
])('a log with %s is told of with its line', async (_, records, fault) => {
  const { problems, runs } = await collated(records);
  expect(problems.join('\n')).toContain(fault);
  expect(runs[0]?.comparable).toBe(false);
});

test('a score above 1 is no record of this format, and the rest still counts', async () => {
  const { problems, rows } = await collated([
    task(),
    item(0, { score: 1.5 }),
    item(0),
    item(1),
    item(2, wrong),
    result(),
  ]);
  expect(problems[0]).toContain('7: line 7 is no record of this format');
  expect(rows).toMatchObject([{ items: 3, correct: 2 }]);
});

test('tasks in a run of another workload are a fault', async () => {
  const output = outputFolder();
  output.log({ records: [task(), item(0), item(1), item(2, wrong), result()] });
  const { problems } = await collateAll({ output: output.path });
  expect(problems.map(({ reason }) => reason)).toContain('a line of task in a run of the workload qa');
});

test('collating twice, or run by run, changes no byte', async () => {
  const output = outputFolder();
  output.log(accuracyLog(undefined, { number: 1 }));
  await collateAll({ output: output.path });
  output.log(accuracyLog(undefined, { number: 2, framework: 'pytorch' }));
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(before);
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(before);
});
