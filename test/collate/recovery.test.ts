import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { skipped } from '../fakes/skipped.ts';
import { canMountSmallDisk, onSmallDisk } from '../fakes/small-disk.ts';
import { outputFolder, tablesOf } from './output-folder.ts';
import { parityLog } from './parity-log.ts';

const runLogModule = fileURLToPath(new URL('../../scripts/log/run-log.ts', import.meta.url));
const plotsModule = fileURLToPath(new URL('../../plots/generate.ts', import.meta.url));
const collateModule = fileURLToPath(new URL('../../collate/incremental/collate-all.ts', import.meta.url));

/** Collates in a process of its own and kills it, as `kill -9` would, once so many logs are done. */
function collateAndKill(output: string, afterLogs: number): void {
  const script = `
    const { collateAll } = await import(${JSON.stringify(collateModule)});
    await collateAll({
      output: ${JSON.stringify(output)},
      onProgress: (done) => { if (done >= ${afterLogs}) process.kill(process.pid, 'SIGKILL'); },
    });
  `;
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]);
  expect(child.signal).toBe('SIGKILL');
}

function manyLogs(output: ReturnType<typeof outputFolder>, from: number, to: number): void {
  // Enough rows that some are in the table, and not only in memory, when the process dies.
  const gapsMs = Array.from({ length: 150 }, () => 1);
  const questions = Array.from({ length: 150 }, () => ({}));
  for (let number = from; number < to; number++) {
    output.log(number % 2 === 0 ? parityLog({ number, questions }) : { number, answers: [{ gapsMs }] });
  }
}

test('a collation that is killed while it appends leaves nothing behind that the next one does not put right', async () => {
  const output = outputFolder();
  output.log({ number: 0 });
  await collateAll({ output: output.path });
  const sizes = () => ['llamacpp.csv', 'parity.csv'].map((table) => statSync(join(output.path, table)).size);
  const [tokensBefore = 0, parityBefore = 0] = sizes();
  manyLogs(output, 1, 71);
  collateAndKill(output.path, 64);
  const [tokensAfter, parityAfter] = sizes();
  expect(tokensAfter).toBeGreaterThan(tokensBefore);
  expect(parityAfter).toBeGreaterThan(parityBefore);

  const summary = await collateAll({ output: output.path });
  expect(summary.logs).toMatchObject({ added: 70, unchanged: 1 });
  const recovered = tablesOf(output.path);
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(recovered);
}, 30_000);

test('a very first collation that is killed leaves no tables, and the next one starts afresh', async () => {
  const output = outputFolder();
  manyLogs(output, 1, 71);
  collateAndKill(output.path, 64);
  expect(tablesOf(output.path)).toEqual({});
  expect((await collateAll({ output: output.path })).logs.added).toBe(70);
  expect(existsSync(join(output.path, '.llamacpp.csv.next'))).toBe(false);
}, 30_000);

test('a collation that is killed between two renames is finished by the next one', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  const ledgerPath = join(output.path, '.collate.json');
  const ledger = JSON.parse(readFileSync(ledgerPath, 'utf8'));
  writeFileSync(ledgerPath, JSON.stringify({ ...ledger, pending: ['runs.csv', 'llamacpp.csv'] }));
  renameSync(join(output.path, 'runs.csv'), join(output.path, '.runs.csv.next'));
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(settled);
});

test.each<[what: string, edit: (path: string) => void, says: RegExp]>([
  ['appended to', (path) => appendFileSync(path, 'a,b,c\n'), /runs\.csv was changed by something else/],
  ['cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, -5)), /runs\.csv was changed by something else/],
  [
    'edited',
    (path) => {
      writeFileSync(path, readFileSync(path, 'utf8').replace('completed', 'COMPLETED'));
    },
    /runs\.csv was changed by something else/,
  ],
  ['deleted', (path) => rmSync(path), /runs\.csv is gone/],
])('a table that was %s is left alone with one line, and --rebuild mends it', async (_, edit, says) => {
  const output = outputFolder();
  output.log({ number: 1 });
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  edit(join(output.path, 'runs.csv'));
  await expect(collateAll({ output: output.path })).rejects.toThrow(says);
  await expect(collateAll({ output: output.path })).rejects.toMatchObject({
    remedy: expect.stringContaining('--rebuild'),
  });
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(settled);
});

test('tables without a ledger ask for a rebuild', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  const ledgerPath = join(output.path, '.collate.json');
  rmSync(ledgerPath);
  await expect(collateAll({ output: output.path })).rejects.toThrow(/not the ledger/);
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(settled);
});

test('when all tables were deleted, they are simply made again', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  for (const name of Object.keys(settled)) rmSync(join(output.path, name));
  expect((await collateAll({ output: output.path })).logs.added).toBe(1);
  expect(tablesOf(output.path)).toEqual(settled);
});

test('tables of a version with other columns are made again', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  const ledgerPath = join(output.path, '.collate.json');
  const ledger = JSON.parse(readFileSync(ledgerPath, 'utf8'));
  writeFileSync(ledgerPath, JSON.stringify({ ...ledger, columns: 1 }));
  expect((await collateAll({ output: output.path })).logs.added).toBe(1);
  expect(tablesOf(output.path)).toEqual(settled);
});

test('two collations in one folder at a time are refused; a lock of a dead process is taken over', async () => {
  const output = outputFolder();
  output.log();
  const lock = join(output.path, '.collate.lock');
  writeFileSync(lock, JSON.stringify({ pid: process.ppid, hostname: hostname() }));
  await expect(collateAll({ output: output.path })).rejects.toThrow(/another collation is at work/);
  const dead = spawnSync(process.execPath, ['--eval', '']).pid;
  writeFileSync(lock, JSON.stringify({ pid: dead, hostname: hostname() }));
  expect((await collateAll({ output: output.path })).logs.added).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

test('a folder without raw logs names the command to run, with exit code 3', async () => {
  const output = outputFolder();
  await expect(collateAll({ output: join(output.path, 'nowhere') })).rejects.toMatchObject({ exitCode: 3 });
  output.file('llamacpp/notes.md', 'not a log');
  await expect(collateAll({ output: output.path })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('nothing has been measured'),
    remedy: expect.stringContaining('npx tsx scripts/benchmark.ts'),
  });
});

const noDisk = skipped(!canMountSmallDisk, 'tables on a full disk: needs user namespaces of Linux');
test.skipIf(noDisk)(
  'a full disk is one clear line, and the tables stay as they were',
  () => {
    const source = outputFolder();
    source.log();
    const told = onSmallDisk(
      512,
      `
      const { cpSync, readFileSync } = await import('node:fs');
      const { collateAll } = await import(${JSON.stringify(collateModule)});
      const { createRunLog } = await import(${JSON.stringify(runLogModule)});
      const { generatePlots } = await import(${JSON.stringify(plotsModule)});
      cpSync(${JSON.stringify(source.path)}, disk, { recursive: true });
      await collateAll({ output: disk });
      const runs = () => readFileSync(join(disk, 'runs.csv'), 'utf8');
      const settled = runs();
      const header = JSON.parse(readFileSync(${JSON.stringify(source.raw(source.nameOf({})))}, 'utf8').split('\\n')[0]);
      const twice = { ...header, uuid: crypto.randomUUID() };
      fill();
      const failures = [
        await failure(() => collateAll({ output: disk, rebuild: true })),
        await failure(() => collateAll({ output: disk, rebuild: true })),
        await failure(() => generatePlots({ output: disk })),
        await failure(() => generatePlots({ output: disk })),
        await failure(() => createRunLog(disk, twice)),
        await failure(() => createRunLog(disk, twice)),
      ];
      const kept = runs() === settled;
      free();
      const { logs } = await collateAll({ output: disk });
      tell({ failures, kept, unchanged: logs.unchanged });
    `,
    );
    const full = {
      message: expect.stringMatching(/^writing .* failed: the disk is full$/),
      remedy: expect.stringContaining('Free some space'),
    };
    expect(told).toEqual({ failures: Array.from({ length: 6 }, () => full), kept: true, unchanged: 1 });
  },
  60_000,
);

const root = skipped(process.getuid?.() === 0, 'a folder that cannot be written: root writes everywhere');
test.skipIf(root)('a folder that cannot be written is one clear line', async () => {
  const output = outputFolder();
  output.log();
  chmodSync(output.path, 0o500);
  await expect(collateAll({ output: output.path })).rejects.toMatchObject({
    message: expect.stringContaining('permission denied'),
    remedy: expect.stringContaining('--output'),
  });
  chmodSync(output.path, 0o700);
});
