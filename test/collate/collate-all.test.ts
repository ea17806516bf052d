import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { answersTable } from '../../scripts/workloads/questions/tables.ts';
import { linesOf, logRecords } from './log-factory.ts';
import { outputFolder, tablesOf, tokensOf } from './output-folder.ts';
import { uuidOf } from './run-records.ts';

test('a log becomes a row per run, per answer and per token', async () => {
  const output = outputFolder();
  output.log();
  const summary = await collateAll({ output: output.path });
  expect(summary.logs).toEqual({ found: 1, added: 1, redone: 0, unchanged: 0, setAside: 0, gone: 0 });
  expect(summary.rows).toEqual({
    tokens: 9,
    answers: 3,
    parity: 0,
    load: 0,
    pool: 0,
    accuracy: 0,
    accuracyItems: 0,
    memory: 4,
    operators: 0,
    runs: 1,
  });
  expect(summary.problems).toEqual([]);
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  expect(readTable(output.path, answersTable).map((row) => row.phase)).toEqual(['cold', 'measured', 'measured']);
  const tokens = await tokensOf(output.path, 'llamacpp');
  expect(tokens).toHaveLength(9);
});

test('the first sixteen columns of a token table are the agreed ones', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  const header = readFileSync(join(output.path, 'llamacpp.csv'), 'utf8').split('\n')[0];
  expect(header?.split(',').slice(0, 16).join(',')).toBe(
    'step,enqueue_latency_ms,total_latency_ms,tokens_per_sec,memory_throughput_gb_s,param_throughput_gb_s,generated_text,platform,release,device,username,hostname,size,quantize,seed,uuid',
  );
});

test('collating twice changes no byte and touches no file', async () => {
  const output = outputFolder();
  for (const number of [1, 2, 3]) output.log({ number });
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  const times = Object.keys(before).map((name) => statSync(join(output.path, name)).mtimeMs);
  const summary = await collateAll({ output: output.path });
  expect(summary.logs.unchanged).toBe(3);
  expect(tablesOf(output.path)).toEqual(before);
  expect(Object.keys(before).map((name) => statSync(join(output.path, name)).mtimeMs)).toEqual(times);
});

test('new logs are appended; what was there stays where it was', async () => {
  const output = outputFolder();
  output.log({ number: 2 });
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  output.log({ number: 1 });
  output.log({ number: 3, framework: 'pytorch' });
  const summary = await collateAll({ output: output.path });
  expect(summary.logs).toMatchObject({ found: 3, added: 2, unchanged: 1 });
  const after = tablesOf(output.path);
  for (const [name, content] of Object.entries(before)) expect(after[name]?.startsWith(content)).toBe(true);
  expect(readTable(output.path, runsTable).map((row) => row.uuid)).toEqual([2, 1, 3].map(uuidOf));
  expect(Object.keys(after).sort()).toEqual([
    'accuracy.csv',
    'accuracy_items.csv',
    'answers.csv',
    'llamacpp.csv',
    'load.csv',
    'memory.csv',
    'operators.csv',
    'parity.csv',
    'pool.csv',
    'pytorch.csv',
    'runs.csv',
  ]);
});

test('one batch is ordered by start, and a rebuild gives the same bytes as batches in that order', async () => {
  const output = outputFolder();
  for (const number of [3, 1, 2]) output.log({ number });
  await collateAll({ output: output.path });
  output.log({ number: 4 });
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  expect(readTable(output.path, runsTable).map((row) => row.uuid)).toEqual([1, 2, 3, 4].map(uuidOf));
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(before);
});

test('a log which has grown is done again, and nothing else is', async () => {
  const output = outputFolder();
  const whole = linesOf(logRecords({ number: 2 }));
  const half = whole.slice(0, whole.lastIndexOf('{"type":"end"'));
  output.log({ number: 1 });
  const growing = output.file(output.nameOf({ number: 2 }), half);
  output.log({ number: 3, framework: 'pytorch' });
  const first = await collateAll({ output: output.path });
  expect(first.runs).toMatchObject({ completed: 2, killed: 1 });
  const untouched = statSync(join(output.path, 'pytorch.csv')).mtimeMs;

  output.append(growing, whole.slice(half.length));
  const second = await collateAll({ output: output.path });
  expect(second.logs).toMatchObject({ added: 0, redone: 1, unchanged: 2 });
  expect(second.runs).toMatchObject({ completed: 3, killed: 0 });
  expect(second.problems).toEqual([]);
  expect(readTable(output.path, runsTable).map((row) => row.uuid)).toEqual([1, 3, 2].map(uuidOf));
  expect(statSync(join(output.path, 'pytorch.csv')).mtimeMs).toBe(untouched);
  const tokens = await tokensOf(output.path, 'llamacpp');
  expect(tokens.filter((row) => row.uuid === uuidOf(2))).toHaveLength(9);
  expect(tokens).toHaveLength(18);

  const settled = tablesOf(output.path);
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(settled);
});

test('new times of change alone, as a copied folder has them, change nothing', async () => {
  const output = outputFolder();
  const log = output.log();
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  utimesSync(output.raw(log), new Date(0), new Date(0));
  for (const name of Object.keys(before)) utimesSync(join(output.path, name), new Date(0), new Date(0));
  const summary = await collateAll({ output: output.path });
  expect(summary.logs).toMatchObject({ redone: 0, unchanged: 1 });
  expect(tablesOf(output.path)).toEqual(before);
});

test('a copied log is reported and counted once', async () => {
  const output = outputFolder();
  const log = output.log({ number: 1 });
  copyFileSync(output.raw(log), output.raw('llamacpp/a copy.txt'));
  const summary = await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  expect(summary.duplicates).toBe(1);
  expect(summary.problems).toMatchObject([{ kind: 'duplicate', isNew: true }]);
  expect((await collateAll({ output: output.path })).problems).toMatchObject([{ kind: 'duplicate', isNew: false }]);
});

test('of a log and its shorter copy the longer one counts', async () => {
  const output = outputFolder();
  const log = output.log({ number: 1 });
  const text = readFileSync(output.raw(log), 'utf8');
  output.file('llamacpp/a-copy.txt', text.slice(0, text.length / 2));
  await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toMatchObject([{ status: 'completed', log }]);
});

test('a copy takes over when the log it copies has gone', async () => {
  const output = outputFolder();
  const log = output.log({ number: 1 });
  const copy = output.file('llamacpp/z-copy.txt', readFileSync(output.raw(log)));
  await collateAll({ output: output.path });
  rmSync(output.raw(log));
  const summary = await collateAll({ output: output.path });
  expect(summary).toMatchObject({ duplicates: 0, logs: { gone: 0, redone: 1 } });
  expect(readTable(output.path, runsTable)).toMatchObject([{ log: copy }]);
});

test('a renamed log is the same run under its new name', async () => {
  const output = outputFolder();
  const log = output.log({ number: 1 });
  await collateAll({ output: output.path });
  renameSync(output.raw(log), output.raw('llamacpp/renamed.txt'));
  await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toMatchObject([{ log: 'llamacpp/renamed.txt' }]);
});

test('rows of deleted logs stay until a rebuild', async () => {
  const output = outputFolder();
  const log = output.log({ number: 1 });
  output.log({ number: 2, framework: 'pytorch' });
  await collateAll({ output: output.path });
  rmSync(output.raw(log));
  expect((await collateAll({ output: output.path })).logs.gone).toBe(1);
  expect(readTable(output.path, runsTable)).toHaveLength(2);
  await collateAll({ output: output.path, rebuild: true });
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  expect(Object.keys(tablesOf(output.path)).sort()).toEqual([
    'accuracy.csv',
    'accuracy_items.csv',
    'answers.csv',
    'load.csv',
    'memory.csv',
    'operators.csv',
    'parity.csv',
    'pool.csv',
    'pytorch.csv',
    'runs.csv',
  ]);
});

test('nothing but tables and the ledger is left in the folder', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  expect(readdirSync(output.path).sort()).toEqual([
    '.collate.json',
    'accuracy.csv',
    'accuracy_items.csv',
    'answers.csv',
    'llamacpp.csv',
    'load.csv',
    'memory.csv',
    'operators.csv',
    'parity.csv',
    'pool.csv',
    'raw',
    'runs.csv',
  ]);
});
