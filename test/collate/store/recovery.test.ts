import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storePath } from '../../../collate/store/database.ts';
import { fillStore } from '../../../collate/store/fill.ts';
import { tryOpening } from '../../../collate/store/opening.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { skipped } from '../../fakes/skipped.ts';
import { canMountSmallDisk, onSmallDisk } from '../../fakes/small-disk.ts';
import { outputFolder } from '../output-folder.ts';
import { fillAndKill } from './killed-fill.ts';
import { hashOf, rowsOf } from './store-rows.ts';

const fillModule = new URL('../../../collate/store/fill.ts', import.meta.url).href;
const readingModule = new URL('../../../collate/store/reading.ts', import.meta.url).href;

test('a fill that is killed at any moment is put right by the next one', async () => {
  const output = outputFolder();
  for (let number = 1; number <= 40; number++) output.log({ number, answers: [{ gapsMs: [1, 2, 3] }] });
  await fillStore({ output: output.path });
  const reference = await hashOf(output.path);
  const random = seededRandom(7);
  let killed = 0;
  for (const rebuild of [true, true, true]) {
    const end = await fillAndKill(output.path, rebuild, random() * 500);
    if (end.kind === 'killed') killed++;
    await fillStore({ output: output.path });
    expect(await hashOf(output.path)).toBe(reference);
    expect(await rowsOf(output.path, 'SELECT count(*) AS runs, count(DISTINCT uuid) AS uuids FROM runs')).toEqual([
      { runs: 40, uuids: 40 },
    ]);
  }
  expect(killed).toBeGreaterThan(0);
}, 240_000);

test.each<[what: string, damage: (path: string) => void]>([
  ['is no database at all', (path) => writeFileSync(path, 'not a database')],
  ['was cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 20_000))],
  ['has other bytes in its header', (path) => overwrite(path, 0, 12_288)],
  ['has other bytes behind its header', (path) => overwrite(path, 12_288, statSync(path).size - 12_288)],
  ['has a log of changes of something else', (path) => writeFileSync(`${path}.wal`, 'rubbish'.repeat(1000))],
])(
  'a store that %s is made again from the raw logs',
  async (_, damage) => {
    const output = outputFolder();
    output.log({ number: 1 });
    output.log({ number: 2 });
    await fillStore({ output: output.path });
    const reference = await hashOf(output.path);
    damage(storePath(output.path));
    const { remarks } = await fillStore({ output: output.path });
    expect(remarks.length).toBeLessThanOrEqual(1);
    for (const remark of remarks) {
      expect(remark).toMatch(/^the store was made again from the raw logs: .+; the damaged file is .+\.damaged now$/);
      expect(remark).not.toContain('\n');
    }
    expect(await hashOf(output.path)).toBe(reference);
  },
  60_000,
);

test.skipIf(skipped(process.platform !== 'linux', 'an opening that ends its process: children are found in /proc'))(
  'a file that ends the process which opens it is told as damaged, with how it ended',
  async () => {
    // Opening a pipe waits for its other end, so the process can be ended meanwhile as DuckDB would end it: by abort().
    const path = join(outputFolder().path, 'pipe.duckdb');
    spawnSync('mkfifo', [path]);
    const trial = tryOpening(path, 'READ_WRITE');
    const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const ours = () => children().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path));
    await expect.poll(ours, { timeout: 20_000 }).toHaveLength(1);
    process.kill(Number(ours()[0]), 'SIGABRT');
    expect(await trial).toEqual({ kind: 'damaged', reason: 'the process that opened it ended with SIGABRT' });
  },
  60_000,
);

/** With what is no value of anything. */
function overwrite(path: string, from: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, from);
  closeSync(file);
}

test('a file that was left empty is filled without a word', async () => {
  const output = outputFolder();
  output.log();
  writeFileSync(storePath(output.path), '');
  expect(await fillStore({ output: output.path })).toMatchObject({ remarks: [], rows: { runs: 1 } });
}, 30_000);

test('a damaged store is one clear line for who asks it', async () => {
  const output = outputFolder();
  output.log();
  await fillStore({ output: output.path });
  writeFileSync(storePath(output.path), 'not a database');
  await expect(rowsOf(output.path, 'FROM runs')).rejects.toMatchObject({
    message: expect.stringMatching(/^.*tokenlap\.duckdb cannot be read: .+$/),
    remedy: expect.stringContaining('collate/store.ts fill'),
  });
}, 30_000);

test('a store of a version with other columns is made again', async () => {
  const output = outputFolder();
  output.log();
  await fillStore({ output: output.path });
  const reference = await hashOf(output.path);
  const change = `
    const { openForWriting } = await import(${JSON.stringify(new URL('../../../collate/store/database.ts', import.meta.url).href)});
    const database = await openForWriting(${JSON.stringify(storePath(output.path))});
    await database.connection.run("UPDATE store.facts SET value = 'older' WHERE name = 'tables'");
    database.close();
  `;
  const tsx = import.meta.resolve('tsx');
  const changed = spawnSync(process.execPath, ['--import', tsx, '--input-type=module', '--eval', change]);
  expect(changed.status).toBe(0);
  await expect(rowsOf(output.path, 'FROM runs')).rejects.toThrow(/version with other columns/);
  const { remarks } = await fillStore({ output: output.path });
  expect(remarks).toEqual(['the store was made again: it was written by a version with other columns']);
  expect(await hashOf(output.path)).toBe(reference);
  expect(existsSync(`${storePath(output.path)}.damaged`)).toBe(false);
}, 60_000);

test('a second writer is refused within a second and told who is at work; the lock of a dead process is taken over', async () => {
  const output = outputFolder();
  output.log();
  const lock = join(output.path, '.store.lock');
  writeFileSync(lock, JSON.stringify({ pid: process.ppid, hostname: hostname() }));
  const begun = performance.now();
  await expect(fillStore({ output: output.path })).rejects.toMatchObject({
    message: `another fill of the store is at work in this folder (process ${process.ppid})`,
    remedy: expect.stringContaining('.store.lock'),
  });
  expect(performance.now() - begun).toBeLessThan(1000);
  const dead = spawnSync(process.execPath, ['--eval', '']).pid;
  writeFileSync(lock, JSON.stringify({ pid: dead, hostname: hostname() }));
  expect((await fillStore({ output: output.path })).logs.added).toBe(1);
  expect(existsSync(lock)).toBe(false);
}, 30_000);

test('Parquet files that were deleted are written again', async () => {
  const output = outputFolder();
  output.log();
  const { parquet } = await fillStore({ output: output.path });
  rmSync(parquet.folder, { recursive: true });
  const again = await fillStore({ output: output.path });
  expect(again.parquet.written).toBe(parquet.written);
  expect(readdirSync(join(parquet.folder, 'runs'))).toEqual(['part-00000.parquet']);
}, 30_000);

test('a folder without raw logs is no folder of results', async () => {
  const output = outputFolder();
  await expect(fillStore({ output: join(output.path, 'nowhere') })).rejects.toMatchObject({ exitCode: 3 });
  output.file('llamacpp/notes.md', 'not a log');
  await expect(fillStore({ output: output.path })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('nothing has been measured'),
  });
  await expect(rowsOf(output.path, 'FROM runs')).rejects.toMatchObject({
    exitCode: 3,
    remedy: expect.stringContaining('collate/store.ts fill'),
  });
});

const noDisk = skipped(!canMountSmallDisk, 'a store on a full disk: needs user namespaces of Linux');
test.skipIf(noDisk)(
  'a full disk is one clear line, and the store is filled once there is room',
  () => {
    const source = outputFolder();
    for (let number = 1; number <= 3; number++) source.log({ number });
    const told = onSmallDisk(
      24 * 1024,
      `
      const { cpSync } = await import('node:fs');
      const { fillStore } = await import(${JSON.stringify(fillModule)});
      const { openForQuery } = await import(${JSON.stringify(readingModule)});
      cpSync(${JSON.stringify(source.path)}, disk, { recursive: true });
      fill();
      const first = await failure(() => fillStore({ output: disk }));
      free();
      await fillStore({ output: disk });
      fill();
      const rebuilding = await failure(() => fillStore({ output: disk, rebuild: true }));
      free();
      const { rows, remarks } = await fillStore({ output: disk });
      tell({ first, rebuilding, runs: rows.runs, remarks });
    `,
    );
    const full = {
      message: expect.stringMatching(/^writing .* failed: the disk is full$/),
      remedy: expect.stringContaining('Free some space'),
    };
    expect(told).toEqual({ first: full, rebuilding: full, runs: 3, remarks: [] });
  },
  120_000,
);
