import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { readForeignFile, writeForeignFile } from '../../../collate/foreign/import-file.ts';
import { exportFormats, exportStore } from '../../../collate/store/export.ts';
import { fillStore } from '../../../collate/store/fill.ts';
import { mergeInto } from '../../../collate/store/merge.ts';
import { openForQuery } from '../../../collate/store/reading.ts';
import { storedTables } from '../../../collate/store/star.ts';
import { recordedPath } from '../foreign/imported.ts';
import { loadLog } from '../load-log.ts';
import { outputFolder } from '../output-folder.ts';
import { parityLog } from '../parity-log.ts';
import { hashOf, parquetRows, rowsOf } from './store-rows.ts';

async function exported(output: string, format: (typeof exportFormats)[number], to: string): Promise<string[]> {
  const database = await openForQuery(output, 'any');
  try {
    return await exportStore(database, { output, format, to });
  } finally {
    database.close();
  }
}

const sorted = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  rows.map((row) => JSON.stringify(row)).sort();

test('another reader of Parquet files sees every row of every table', async () => {
  const output = outputFolder();
  output.log({ number: 1, answers: [{ texts: ['', 'ä\u{1F600}', '"\n'], enqueueMs: [0.001, 0.002, 0.003] }, {}] });
  output.log(parityLog({ number: 2 }));
  output.log(loadLog({ number: 3 }));
  const { parquet } = await fillStore({ output: output.path });
  for (const { name } of storedTables) {
    const rows = await rowsOf(output.path, `FROM ${name}`);
    expect([name, sorted(await parquetRows(join(parquet.folder, name)))]).toEqual([name, sorted(rows)]);
  }
}, 30_000);

test('exported tables have the rows of the store in each format', async () => {
  const output = outputFolder();
  output.log({ number: 1, answers: [{ texts: ['=1+1', 'a,b', 'c\nd'] }] });
  await fillStore({ output: output.path });
  const tokens = await rowsOf(output.path, 'FROM tokens');
  const to = join(output.path, 'exported');
  for (const format of exportFormats)
    expect(await exported(output.path, format, to)).toContain(join(to, `runs.${format}`));
  expect(JSON.parse(readFileSync(join(to, 'tokens.json'), 'utf8'))).toEqual(tokens);
  const csv = Papa.parse<Record<string, string>>(readFileSync(join(to, 'tokens.csv'), 'utf8').trimEnd(), {
    header: true,
  });
  // As in all tables, a spreadsheet takes no text for a formula.
  expect(csv.data.map(({ generated_text }) => generated_text)).toEqual(["'=1+1", 'a,b', 'c\nd']);
  expect(JSON.parse(readFileSync(join(to, 'operators.json'), 'utf8'))).toEqual([]);
  expect(readdirSync(to).filter((name) => name.startsWith('.'))).toEqual([]);
  await expect(exported(output.path, 'csv', output.path)).rejects.toMatchObject({ exitCode: 2 });
}, 30_000);

test('the logs of several hosts make one store, however they came', async () => {
  const [a, b, all] = [outputFolder(), outputFolder(), outputFolder()];
  a.log({ number: 1, framework: 'llamacpp' });
  a.log({ number: 2, framework: 'pytorch' });
  b.log({ number: 3, framework: 'llamacpp' });
  // Known to both, and further on in one of them.
  a.log({ number: 4, end: null });
  b.log({ number: 4 });
  const merged = await mergeInto(all.path, [a.path, b.path]);
  expect(merged).toMatchObject([
    { copied: 3, known: 0 },
    { copied: 2, known: 0 },
  ]);
  const { runs } = await fillStore({ output: all.path });
  expect(runs).toEqual({ completed: 4 });
  const hash = await hashOf(all.path);
  expect(await mergeInto(all.path, [a.path, b.path])).toMatchObject([
    { copied: 0, known: 3 },
    { copied: 0, known: 2 },
  ]);

  const others = outputFolder();
  await mergeInto(others.path, [b.path, a.path]);
  await fillStore({ output: others.path });
  const strip = 'SELECT * EXCLUDE (log) FROM flat.runs';
  expect(sorted(await rowsOf(others.path, strip))).toEqual(sorted(await rowsOf(all.path, strip)));
  await fillStore({ output: all.path, rebuild: true });
  expect(await hashOf(all.path)).toBe(hash);
}, 60_000);

test("other tools' results are in the store, apart from all of ours, and come along with the logs", async () => {
  const [a, all] = [outputFolder(), outputFolder()];
  a.log({ number: 1 });
  writeForeignFile(a.path, readForeignFile(recordedPath('llama-bench/bench.json'), a.path, undefined));
  await fillStore({ output: a.path });
  const asked = 'SELECT tool, metric, value, ours_value, same_formula FROM foreign_results ORDER BY ALL';
  const rows = await rowsOf(a.path, asked);
  expect(rows).toContainEqual(expect.objectContaining({ tool: 'llama-bench', same_formula: true }));
  const ours = 'SELECT (SELECT count(*) FROM flat.runs) AS runs, (SELECT count(DISTINCT uuid) FROM history) AS told';
  expect(await rowsOf(a.path, ours)).toEqual([{ runs: 1, told: 1 }]);
  await mergeInto(all.path, [a.path]);
  await mergeInto(all.path, [a.path]);
  await fillStore({ output: all.path });
  expect(await rowsOf(all.path, asked)).toEqual(rows);
}, 60_000);

test('Parquet files of a store without its logs are merged, and give way to logs', async () => {
  const [a, all] = [outputFolder(), outputFolder()];
  a.log({ number: 1 });
  a.log(parityLog({ number: 2 }));
  await fillStore({ output: a.path });
  const to = join(a.path, 'exported');
  await exported(a.path, 'parquet', to);
  all.log({ number: 3, framework: 'pytorch' });
  await mergeInto(all.path, [to]);
  const filled = await fillStore({ output: all.path });
  expect(filled).toMatchObject({ merged: 2, rows: { runs: 3 } });
  const hash = await hashOf(all.path);
  expect(sorted(await rowsOf(all.path, "FROM flat.answers WHERE framework = 'llamacpp'"))).toEqual(
    sorted(await rowsOf(a.path, 'FROM flat.answers')),
  );
  await fillStore({ output: all.path, rebuild: true });
  expect(await hashOf(all.path)).toBe(hash);

  // The log of one of them arrives.
  all.log({ number: 1 });
  expect(await fillStore({ output: all.path })).toMatchObject({ rows: { runs: 3 }, logs: { redone: 1 } });
  expect(await rowsOf(all.path, 'SELECT count(*) AS n FROM store.adopted')).toEqual([{ n: 1 }]);
  rmSync(join(all.path, 'merged'), { recursive: true });
  expect(await fillStore({ output: all.path })).toMatchObject({ rows: { runs: 2, parity: 0 } });
}, 60_000);

test('what is no folder of results is one line, and nothing is written', async () => {
  const all = outputFolder();
  const other = join(all.path, 'other');
  mkdirSync(other);
  await expect(mergeInto(join(all.path, 'all'), [other])).rejects.toMatchObject({ exitCode: 3 });
  await expect(mergeInto(other, [other])).rejects.toMatchObject({ exitCode: 2 });
  expect(existsSync(join(all.path, 'all'))).toBe(false);
  for (const { name } of storedTables) writeFileSync(join(other, `${name}.parquet`), 'no Parquet');
  await expect(mergeInto(join(all.path, 'all'), [other])).rejects.toThrow(/not those of a store of this version/);
  expect(existsSync(join(all.path, 'all', 'merged'))).toBe(false);
});
