/** The command as a person gets it, on the measured results: what it says, what it refuses, and what programs read. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { recommendCommand } from '../../../collate/recommend.ts';
import { csvHeader, csvRow } from '../../../collate/tables/csv.ts';
import { runsTable } from '../../../scripts/results/runs/runs.ts';
import { hardwareTable } from '../../../scripts/results/tables-made-anew.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { measuredHardware, measuredRuns } from './measured-results.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const folders: string[] = [];
let output = '';

function folderWith(runs = measuredRuns(), hardware = measuredHardware()): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-recommend-'));
  folders.push(folder);
  const runLines = runs.map((row) => csvRow(runsTable.columns, row));
  writeFileSync(join(folder, runsTable.file), csvHeader(runsTable.columns) + runLines.join(''));
  if (hardware.length > 0) {
    const lines = hardware.map((row) => csvRow(hardwareTable.columns, row));
    writeFileSync(join(folder, hardwareTable.file), csvHeader(hardwareTable.columns) + lines.join(''));
  }
  return folder;
}

beforeAll(() => {
  output = folderWith();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function started(...args: string[]) {
  const script = join(repository, 'collate', 'recommend.ts');
  return spawnSync(process.execPath, ['--import', 'tsx', script, ...args], { cwd: repository, encoding: 'utf8' });
}

/** The same without a process of its own. @returns what was printed */
async function recommend(...args: string[]): Promise<string> {
  const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    await recommendCommand(args);
    return written.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    written.mockRestore();
  }
}

test('a measured model is recommended from its measurements alone, best first', () => {
  const { status, stdout, stderr } = started('--model', '135M', '--output', output);
  expect([status, stderr]).toEqual([0, '']);
  const [sentence] = stdout.split('\n');
  expect(sentence).toContain(
    'On two-cores run smollm2-135m-instruct in q4_0 with llama.cpp (cpu, 2 threads): 253 tokens/s',
  );
  expect(sentence).toContain('measured here in 1 run');
  expect(sentence).toContain('too few runs to be sure');
  expect(stdout).not.toContain('\u001b[');
});

test('an unmeasured model is predicted, with intervals and the command that verifies it; limits hold', async () => {
  const stdout = await recommend(
    '--model',
    'llama-3.2-1b-instruct',
    '--limit',
    'memory=2GB',
    '--json',
    '--output',
    output,
  );
  const [found] = JSON.parse(stdout).recommendations;
  expect(found.best).toMatchObject({ trust: 'same host', runs: 0, uuids: [] });
  expect(found.best.figures.memory.value).toBeLessThan(2e9);
  expect(found.best.command).toMatch(/^npx tsx scripts\/\w+-benchmark\.ts --size 1B .*--workload kernel/);
  const { value, interval, width } = found.best.figures.decode;
  expect(interval.low).toBeLessThan(value);
  expect(interval.high).toBeGreaterThan(value);
  expect(width.from).toBe('quantile');
  const trusts = found.ranked.map(({ trust }: { trust: string }) => trust);
  expect(new Set(trusts)).toEqual(new Set(['same host']));
});

test('it says whether a model fits, against the memory of the host', async () => {
  const stdout = await recommend('--model', 'llama-3.1-8b-instruct', '--fit', '--output', output);
  expect(stdout).toMatch(/of \d+ ways fit.*llama-3\.1-8b-instruct on two-cores, which has 25\.3 GB/);
  expect(stdout).toMatch(/f32 with PyTorch \(cpu, 2 threads\) +no /);
  expect(stdout).toMatch(/q4_0 with ONNX Runtime \(cpu, 2 threads\) +yes /);
});

test('a price makes costs: per hour over the tokens of an hour', async () => {
  const stdout = await recommend(
    '--model',
    '135M',
    '--goal',
    'cost',
    '--price-per-hour',
    '0.36',
    '--json',
    '--output',
    output,
  );
  const { decode, cost } = JSON.parse(stdout).recommendations[0].best.figures;
  // 0.36 an hour is 100 a million seconds.
  expect(cost.value).toBeCloseTo(100 / decode.value, 6);
});

test.each([
  [['--model', '135x'], 'there is no model "135x" (Did you mean 135M?)'],
  [['--limit', 'memory=much'], 'A limit is a name and a number'],
  [['--limit', 'speed=3'], 'There is no limit "speed"'],
  [['--limit', 'memory=3 furlongs'], 'may end with B, kB, MB'],
  [['--goal', 'beauty'], 'Allowed: latency, throughput, memory, quality, energy, cost'],
  [['--goal', 'cost'], 'a cost needs a price'],
  [['--host', 'two-core'], 'Did you mean two-cores?'],
])('%j is refused with a line that says what is wrong', async (args, line) => {
  await expect(recommend(...args, '--output', output)).rejects.toThrow(line);
});

test('what is wrong ends it with its exit code and the next step', async () => {
  const { code, stdout, stderr } = await scriptHere('collate/recommend.ts', ['--goal', 'cost', '--output', output]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('next:  Give --price-per-hour, --electricity-price, or both.');
});

test('without a hardware benchmark nothing is predicted, and it says what to measure', async () => {
  const bare = folderWith(measuredRuns(), []);
  await expect(recommend('--model', 'llama-3.1-8b-instruct', '--output', bare)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('without a hardware benchmark of that host nothing can be predicted'),
    remedy: expect.stringContaining('npx tsx scripts/hardware-benchmark.ts'),
  });
  // What was measured can still be recommended.
  expect(await recommend('--model', '360M', '--output', bare)).toContain('measured here');
});

test('an empty folder and the help lead on', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'tokenlap-recommend-'));
  folders.push(empty);
  await expect(recommend('--output', empty)).rejects.toMatchObject({
    exitCode: 3,
    remedy: expect.stringContaining('collate/all.ts'),
  });
  const { code, stdout } = await scriptHere('collate/recommend.ts', ['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('--price-per-hour');
});
