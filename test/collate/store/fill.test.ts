import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { fillStore } from '../../../collate/store/fill.ts';
import { logicalHash } from '../../../collate/store/logical-hash.ts';
import { openForQuery } from '../../../collate/store/reading.ts';
import { sqlName } from '../../../collate/store/star.ts';
import { frameworksWithTokens, readTable } from '../../../collate/tables/read.ts';
import type { ColumnFacts } from '../../../scripts/results/table.ts';
import { runTables } from '../../../scripts/results/tables.ts';
import { accuracyLog, item, result, task } from '../accuracy-log.ts';
import { likelihoodLog } from '../likelihood-log.ts';
import { loadLog } from '../load-log.ts';
import { linesOf, logRecords } from '../log-factory.ts';
import { outputFolder, tokensOf } from '../output-folder.ts';
import { parityLog } from '../parity-log.ts';
import { level, poolLog, request } from '../pool-log.ts';
import { rowsOf } from './store-rows.ts';

async function hashOf(output: string): Promise<string> {
  const database = await openForQuery(output);
  try {
    return await logicalHash(database);
  } finally {
    database.close();
  }
}

/** A run of every workload that has a table, and runs that ended badly. */
function everyKind(output: ReturnType<typeof outputFolder>): void {
  output.log({
    number: 1,
    answers: [{ phase: 'cold' }, { gapsMs: [1.234567, 0, 2.5] }, { texts: ['a', 'b\n"', "'=1+1"] }],
  });
  output.log({ number: 2, framework: 'pytorch', end: null });
  output.log({ number: 3, end: { status: 'failed', error: { message: 'no <memory>', remedy: 'more "of" it' } } });
  output.log(parityLog({ number: 4 }));
  output.log(loadLog({ number: 5 }));
  output.log({ ...poolLog([level(), ...[0, 1, 2].map((index) => request({ request: index }))]), number: 6 });
  output.log({ ...accuracyLog([task(), item(0), item(1), result()]), number: 7 });
  output.log(likelihoodLog({ number: 8 }));
}

/** A CSV file cannot tell an empty text from none. */
function comparable(rows: ReadonlyArray<Readonly<Record<string, unknown>>>): string[] {
  return rows.map((row) => JSON.stringify(row, (_, value) => (value === '' ? null : value))).sort();
}

test('the store has every row of the CSV files, bit by bit', async () => {
  const output = outputFolder();
  everyKind(output);
  await collateAll({ output: output.path });
  const summary = await fillStore({ output: output.path });
  expect(summary.remarks).toEqual([]);
  for (const { name, file, columns } of runTables) {
    const facts: readonly ColumnFacts[] = columns;
    const rows = await rowsOf(output.path, `FROM flat.${sqlName(name)}`);
    expect([name, comparable(rows)]).toEqual([name, comparable(readTable(output.path, { file, columns: facts }))]);
  }
  const frameworks = frameworksWithTokens(output.path);
  const tokens = await Promise.all(frameworks.map((framework) => tokensOf(output.path, framework)));
  expect(tokens.flat().length).toBeGreaterThan(10);
  expect(comparable(await rowsOf(output.path, 'FROM flat.tokens'))).toEqual(comparable(tokens.flat()));
}, 30_000);

test('a store that was filled log by log says the same as one made at once', async () => {
  const output = outputFolder();
  for (const number of [3, 1, 2]) {
    output.log({ number, framework: number === 2 ? 'pytorch' : 'llamacpp' });
    await fillStore({ output: output.path });
  }
  // A run that was still going on when it was read.
  const going = output.log({ number: 4, end: null });
  await fillStore({ output: output.path });
  const whole = linesOf(logRecords({ number: 4 }));
  appendFileSync(output.raw(going), whole.slice(statSync(output.raw(going)).size));
  // A shorter copy came first, then the whole log.
  const short = output.log({ number: 5, end: null });
  renameSync(output.raw(short), output.raw('llamacpp/copy.txt'));
  await fillStore({ output: output.path });
  output.log({ number: 5 });
  const filled = await fillStore({ output: output.path });
  expect(filled.rows.runs).toBe(5);
  rmSync(output.raw(output.nameOf({ number: 3 })));
  const less = await fillStore({ output: output.path });
  expect(less.logs).toMatchObject({ removed: 1, added: 0 });
  const incremental = await hashOf(output.path);

  const rebuilt = await fillStore({ output: output.path, rebuild: true });
  expect(rebuilt.runs).toEqual({ completed: 4 });
  expect(await hashOf(output.path)).toBe(incremental);
  expect(await rowsOf(output.path, 'SELECT count(*) AS frameworks FROM frameworks')).toEqual([{ frameworks: 2 }]);

  output.log({ number: 6 });
  await fillStore({ output: output.path });
  expect(await hashOf(output.path)).not.toBe(incremental);
}, 60_000);

test('nothing new changes nothing', async () => {
  const output = outputFolder();
  output.log();
  const first = await fillStore({ output: output.path });
  const hash = await hashOf(output.path);
  const again = await fillStore({ output: output.path });
  expect(first.logs).toMatchObject({ added: 1, unchanged: 0 });
  expect(again.logs).toMatchObject({ added: 0, redone: 0, unchanged: 1 });
  expect(again.parquet.written).toBe(0);
  expect(await hashOf(output.path)).toBe(hash);
}, 30_000);
