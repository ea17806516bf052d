/** Folders of results that somebody else made: nothing outside of them changes, and no collation crashes. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { UserError } from '../../scripts/command-line/errors.ts';
import { hostileTexts, mutated, pick, randomNumbers } from '../fakes/hostile-text.ts';
import { victimFolder } from '../fakes/victim-folder.ts';
import { outputFolder, tablesOf } from './output-folder.ts';

/** Results in a folder beside a victim. */
async function collated() {
  const whole = outputFolder();
  const victim = victimFolder(whole.path);
  const inner = join(whole.path, 'results');
  mkdirSync(inner);
  for (const number of [1, 2, 3]) whole.log({ number, framework: number === 3 ? 'pytorch' : 'llamacpp' });
  renameSync(join(whole.path, 'raw'), join(inner, 'raw'));
  await collateAll({ output: inner });
  return { output: inner, victim, ledgerPath: join(inner, '.collate.json'), settled: tablesOf(inner) };
}

type Ledger = {
  tables: Record<string, { bytes: number; mtimeMs: number; crc: number }>;
  pending: string[];
  logs: Array<{ log: string; framework: string | null; rows: Record<string, number> }>;
};
const ledgerIn = (path: string): Ledger => JSON.parse(readFileSync(path, 'utf8'));

const someTable = { bytes: 3, mtimeMs: 1, crc: 0 };
const secret = '../victim/secret.csv';

test.each<[what: string, change: (ledger: Ledger) => void]>([
  ['a table outside', (ledger) => void Object.assign(ledger.tables, { [secret]: someTable })],
  ['a table of an absolute path', (ledger) => void Object.assign(ledger.tables, { '/tmp/secret.csv': someTable })],
  ['a rename to the outside', (ledger) => void ledger.pending.push(secret)],
  [
    'a framework that is a path',
    (ledger) => void Object.assign(ledger.logs[0] ?? {}, { framework: '../victim/secret' }),
  ],
  ['a table that is no table', (ledger) => void Object.assign(ledger.tables, { 'notes.txt': someTable })],
  ['a log twice', (ledger) => void ledger.logs.push(...ledger.logs.slice(0, 1))],
  ['more rows than there are', (ledger) => void Object.assign(ledger.logs[0]?.rows ?? {}, { runs: 10_000 })],
  ['rows that it does not have', (ledger) => void Object.assign(ledger.logs[0]?.rows ?? {}, { parity: 10 })],
])('a ledger with %s is not believed: the tables are made again, with one line', async (_, change) => {
  const { output, victim, ledgerPath, settled } = await collated();
  const before = victim.snapshot();
  writeFileSync(join(output, '..', 'victim', '.secret.csv.next'), 'precious');
  const ledger = ledgerIn(ledgerPath);
  change(ledger);
  writeFileSync(ledgerPath, JSON.stringify(ledger));
  const { remarks, logs } = await collateAll({ output });
  expect(remarks).toEqual([expect.stringContaining('.collate.json is not trusted')]);
  expect(logs.added).toBe(3);
  expect(tablesOf(output)).toEqual(settled);
  expect(victim.snapshot()).toEqual({ ...before, '.secret.csv.next': expect.any(String) });
  expect((await collateAll({ output })).remarks).toEqual([]);
});

test('a ledger of another folder is not believed', async () => {
  const [here, there] = [await collated(), await collated()];
  for (const table of Object.keys(there.settled)) writeFileSync(join(here.output, table), 'step,uuid\n1,2\n');
  writeFileSync(here.ledgerPath, readFileSync(there.ledgerPath));
  expect((await collateAll({ output: here.output })).remarks).toEqual([
    expect.stringContaining('none of the tables here'),
  ]);
  expect(tablesOf(here.output)).toEqual(here.settled);
});

test('a ledger that is not believed loses no run: where logs are gone, nothing is touched', async () => {
  const { output, ledgerPath, settled } = await collated();
  rmSync(join(output, 'raw', 'pytorch'), { recursive: true });
  writeFileSync(ledgerPath, '{');
  await expect(collateAll({ output })).rejects.toThrow(/not trusted \(it is not JSON\), and the logs of 1 of the runs/);
  expect(tablesOf(output)).toEqual(settled);
});

test.each(['symbolic', 'hard'])('a table that is a %s link becomes a file of its own', async (kind) => {
  const { output, victim } = await collated();
  const moved = join(victim.path, 'moved.csv');
  renameSync(join(output, 'runs.csv'), moved);
  if (kind === 'hard') linkSync(moved, join(output, 'runs.csv'));
  else symlinkSync(moved, join(output, 'runs.csv'));
  const before = victim.snapshot();
  const log = join(output, 'raw', 'llamacpp', 'more.txt');
  const other = outputFolder();
  writeFileSync(log, readFileSync(other.raw(other.log({ number: 9 }))));
  const { remarks } = await collateAll({ output });
  expect(remarks).toEqual([expect.stringMatching(/^runs\.csv was a link/)]);
  expect(victim.snapshot()).toEqual(before);
  expect(lstatSync(join(output, 'runs.csv'))).toMatchObject({ nlink: 1 });
  expect(lstatSync(join(output, 'runs.csv')).isSymbolicLink()).toBe(false);
  expect(tablesOf(output)['runs.csv']?.trimEnd().split('\n')).toHaveLength(5);
});

test.each(['.runs.csv.next', '.collate.json.next', '.hardware.csv.next', '.collate.lock'])(
  'a link that was planted as %s is not written through',
  async (name) => {
    const { output, victim, settled } = await collated();
    const before = victim.snapshot();
    symlinkSync(join(victim.path, 'secret.csv'), join(output, name));
    await collateAll({ output, rebuild: true });
    expect(victim.snapshot()).toEqual(before);
    expect(tablesOf(output)).toEqual(settled);
  },
);

test('links in raw/ are followed only within it, and the others are named', async () => {
  const { output, victim } = await collated();
  const raw = join(output, 'raw');
  const other = outputFolder();
  writeFileSync(join(victim.path, 'foreign.txt'), readFileSync(other.raw(other.log({ number: 8 }))));
  symlinkSync('loop.txt', join(raw, 'loop.txt'));
  symlinkSync('..', join(raw, 'llamacpp', 'up'));
  symlinkSync(victim.path, join(raw, 'folder'));
  symlinkSync(join(victim.path, 'foreign.txt'), join(raw, 'foreign.txt'));
  symlinkSync('pytorch', join(raw, 'within'));
  const { problems, logs } = await collateAll({ output });
  expect(logs).toMatchObject({ added: 0, unchanged: 3, setAside: 5 });
  expect(Object.fromEntries(problems.map(({ log, reason }) => [log, reason]))).toEqual({
    'loop.txt': 'a link that leads nowhere',
    'llamacpp/up': expect.stringContaining('out of raw/'),
    folder: expect.stringContaining('out of raw/'),
    'foreign.txt': expect.stringContaining('out of raw/'),
    within: expect.stringContaining('another folder of raw/'),
  });
});

test.each(['.collate.json', '.collate.lock'])(
  'a pipe in the place of %s is named, and not waited for',
  async (name) => {
    const { output, settled } = await collated();
    rmSync(join(output, name), { force: true });
    execFileSync('/usr/bin/env', ['mkfifo', join(output, name)]);
    await expect(collateAll({ output })).rejects.toThrow(`${name} is no file: a pipe, a socket or a device`);
    expect(tablesOf(output)).toEqual(settled);
  },
);

test('a lock that is a link to nowhere is nobody', async () => {
  const { output, victim, settled } = await collated();
  const before = victim.snapshot();
  symlinkSync(join(victim.path, 'not-there'), join(output, '.collate.lock'));
  await collateAll({ output });
  expect(victim.snapshot()).toEqual(before);
  expect(tablesOf(output)).toEqual(settled);
  expect(existsSync(join(output, '.collate.lock'))).toBe(false);
});

/** What a ledger has forgotten is collated again, and its rows come last. */
function inAnyOrder(tables: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(tables).map(([name, text]) => [name, text.split('\n').sort()]));
}

test('two hundred mutated ledgers change nothing outside, and each ends in tables or one clear line', async () => {
  const { output, victim, ledgerPath, settled } = await collated();
  const before = victim.snapshot();
  const whole = ledgerIn(ledgerPath);
  const ends = { same: 0, refused: 0 };
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomNumbers(seed);
    const ledger = mutated(whole, random, 0.002 + 0.03 * random());
    const text = JSON.stringify(ledger);
    writeFileSync(ledgerPath, random() < 0.1 ? text.slice(0, Math.floor(random() * text.length)) : text);
    if (random() < 0.2)
      symlinkSync(join(victim.path, 'secret.csv'), join(output, `.${pick(random, ['runs', 'llamacpp'])}.csv.next`));
    try {
      await collateAll({ output });
      expect(inAnyOrder(tablesOf(output)), `seed ${seed}`).toEqual(inAnyOrder(settled));
      ends.same++;
    } catch (error) {
      if (!(error instanceof UserError)) throw new Error(`seed ${seed}`, { cause: error });
      ends.refused++;
      await collateAll({ output, rebuild: true });
      expect(tablesOf(output), `seed ${seed}`).toEqual(settled);
    }
    expect(victim.snapshot(), `seed ${seed}`).toEqual(before);
  }
  expect(ends.same).toBeGreaterThan(130);
}, 60_000);

test('hostile names in a log are rows or named problems, and stay in the folder', async () => {
  const { output, victim } = await collated();
  const before = victim.snapshot();
  const other = outputFolder();
  const log = readFileSync(other.raw(other.log({ number: 7 })), 'utf8');
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  for (const [i, text] of hostileTexts.entries()) {
    const hostile = log
      .replaceAll('00000007', String(70_000_000 + i))
      .replace('"name":"llamacpp"', () => (i % 2 === 0 ? `"name":"${json(text)}"` : '"name":"llamacpp"'))
      .replace('"hostname":"host"', () => `"hostname":"${json(text)}"`)
      .replace('"name":"tiny-llama"', () => `"name":"${json(text)}"`);
    writeFileSync(join(output, 'raw', `${i}.txt`), hostile);
  }
  const { logs } = await collateAll({ output });
  expect(logs.found).toBe(3 + hostileTexts.length);
  expect(victim.snapshot()).toEqual(before);
  expect(existsSync(join(output, 'CON.csv'))).toBe(false);
  await collateAll({ output, rebuild: true });
  expect(victim.snapshot()).toEqual(before);
});
