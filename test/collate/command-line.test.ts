import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scriptHere } from '../fakes/script-here.ts';
import { outputFolder } from './output-folder.ts';
import { parityLog } from './parity-log.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

function start(script: string, ...args: string[]) {
  const child = spawnSync(process.execPath, ['--import', 'tsx', join(repository, 'collate', script), ...args], {
    cwd: repository,
    encoding: 'utf8',
  });
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

const here = (script: string, ...args: string[]) => scriptHere(`collate/${script}`, args);

test('from logs to an analysis on the command line', { timeout: 60_000 }, async () => {
  const output = outputFolder();
  for (const number of [1, 2, 3]) output.log({ number });
  output.log({ number: 4, framework: 'pytorch' });
  output.file('pytorch/notes.txt', 'hello');
  const collated = start('all.ts', '--output', output.path);
  expect(collated).toMatchObject({ status: 0, stderr: '' });
  expect(collated.stdout).toContain('5 logs: 4 new, 0 unchanged, 1 set aside');
  expect(collated.stdout).toContain('raw/pytorch/notes.txt:1: not a run log');
  const summary = await here('all.ts', '--output', output.path, '--json');
  expect(JSON.parse(summary.stdout)).toMatchObject({ logs: { unchanged: 5 }, runs: { completed: 4 } });

  const analysis = start('analyze.ts', '--output', output.path);
  expect(analysis).toMatchObject({ status: 0, stderr: '' });
  expect(analysis.stdout).toContain('Decode rate [tokens/s]');
  expect(analysis.stdout).toContain('too few runs');
  const json = await here('analyze.ts', '--output', output.path, '--json');
  expect(JSON.parse(json.stdout).groups).toHaveLength(2);
  expect(await here('analyze.ts', '--output', output.path, '--reference', 'mlc')).toMatchObject({
    code: 2,
    stdout: '',
  });
});

test("one log under other tools' formulas on the command line", { timeout: 60_000 }, async () => {
  const output = outputFolder();
  const log = output.raw(output.log({ number: 1 }));
  const vllm = await here('analyze.ts', '--as', 'vllm', log);
  expect(vllm).toMatchObject({ code: 0, stderr: '' });
  expect(vllm.stdout).toMatch(/As vLLM[\s\S]*TPOT +10\.0/);
  const { views } = JSON.parse((await here('analyze.ts', '--as', 'aiperf,mlperf-client', log, '--json')).stdout);
  expect(views.map(({ tool }: { tool: { name: string } }) => tool.name)).toEqual(['aiperf', 'mlperf-client']);
  expect(await here('analyze.ts', '--as', 'abacus', log)).toMatchObject({ code: 2, stdout: '' });
  expect(await here('analyze.ts', '--as', 'vllm', '/nowhere.txt')).toMatchObject({ code: 3, stdout: '' });
  expect((await here('analyze.ts', '--as', 'vllm')).stderr).toContain('--as needs one raw log');
  expect((await here('analyze.ts', log)).stderr).toContain('without --as nothing is done with a single log');
});

test('parity alone is no measurement', { timeout: 60_000 }, async () => {
  const output = outputFolder();
  output.log(parityLog());
  expect((await here('all.ts', '--output', output.path)).stdout).toContain(
    '1 run, 0 answers, 2 parity checks and 0 tokens',
  );
  const analysis = await here('analyze.ts', '--output', output.path);
  expect(analysis.code).toBe(3);
  expect(analysis.stderr).toContain('parity runs and load tests only');
});

test('without logs both say what to run, and end with 3', { timeout: 60_000 }, async () => {
  const output = outputFolder();
  const all = await here('all.ts', '--output', output.path);
  expect(all).toMatchObject({ code: 3, stdout: '' });
  expect(all.stderr).toContain('nothing has been measured yet');
  expect((await here('analyze.ts', '--output', output.path)).stderr).toContain('npx tsx collate/all.ts');
});

test('--help shows examples', { timeout: 60_000 }, async () => {
  const help = await here('all.ts', '--help');
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('npx tsx collate/all.ts --rebuild');
});
