import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatePlots } from '../../plots/generate.ts';
import { UserError } from '../../scripts/command-line/errors.ts';
import { scriptHere } from '../fakes/script-here.ts';
import { parityRun } from './parity-factory.ts';
import { completedRun, shapedRuns } from './row-factory.ts';
import { temporaryFolder, writeTables } from './table-files.ts';

const runs = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 3 });

const contents = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));

async function errorOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return error;
}

describe('generate', () => {
  it('writes every chart in both formats and the report in four, and the same bytes the second time', async () => {
    const output = writeTables(runs);
    const summary = await generatePlots({ output });
    expect(summary.charts).toHaveLength(11);
    expect(summary.charts.filter((chart) => chart.drawn)).toHaveLength(7);
    for (const file of summary.charts.flatMap((chart) => chart.files)) expect(existsSync(file)).toBe(true);
    expect(readdirSync(join(output, 'report')).sort()).toEqual([
      'report.html',
      'report.json',
      'report.md',
      'report.pdf',
    ]);
    const before = [contents(join(output, 'plots')), contents(join(output, 'report'))];
    await generatePlots({ output });
    expect([contents(join(output, 'plots')), contents(join(output, 'report'))]).toEqual(before);
  });

  it('counts measured gaps only: neither cold answers nor first tokens', async () => {
    const output = writeTables([completedRun({}, 100)]);
    await generatePlots({ output, formats: ['md'] });
    const markdown = readFileSync(join(output, 'report', 'report.md'), 'utf8');
    expect(markdown).toMatch(/half of the tokens come within 10\.\d ms/);
    expect(markdown).toMatch(/\| llamacpp \| 59 \|/);
    expect(existsSync(join(output, 'plots'))).toBe(false);
  });

  it('takes away a picture that the data no longer have', async () => {
    const output = writeTables(runs, { enqueueMs: 2 });
    await generatePlots({ output, formats: ['svg'] });
    const picture = join(output, 'plots', 'enqueue_latency.svg');
    expect(existsSync(picture)).toBe(true);
    renameSync(join(writeTables(runs), 'llamacpp.csv'), join(output, 'llamacpp.csv'));
    renameSync(join(writeTables(runs), 'pytorch.csv'), join(output, 'pytorch.csv'));
    const summary = await generatePlots({ output, formats: ['svg'] });
    expect(existsSync(picture)).toBe(false);
    expect(summary.charts.map(({ name }) => name)).not.toContain('enqueue_latency');
  });

  it('says what to do where nothing was collated', async () => {
    const error = await errorOf(generatePlots({ output: temporaryFolder() }));
    expect(error.exitCode).toBe(3);
    expect(error.remedy).toContain('collate/all.ts');
  });

  it('names file and line of a broken table and leaves the files of last time alone', async () => {
    const output = writeTables(runs);
    await generatePlots({ output, formats: ['md'] });
    const before = contents(join(output, 'report'));
    const table = join(output, 'runs.csv');
    const lines = readFileSync(table, 'utf8').split('\n');
    writeFileSync(table, [...lines.slice(0, 2), 'half a row', ...lines.slice(2)].join('\n'));
    expect((await errorOf(generatePlots({ output }))).message).toContain('runs.csv:3');
    expect(contents(join(output, 'report'))).toEqual(before);
  });

  it('says which file could not be written and leaves nothing half-written', async () => {
    const output = writeTables(runs);
    writeFileSync(join(output, 'plots'), 'a file where the folder should be');
    const error = await errorOf(generatePlots({ output, formats: ['svg', 'json'] }));
    expect(error.message).toContain('plots');
    expect(existsSync(join(output, 'report', 'report.json'))).toBe(false);
  });
});

describe('the command line', () => {
  const start = (script: string, ...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', join('plots', script), ...args], { encoding: 'utf8' });

  it('prints JSON alone with --json', () => {
    const output = writeTables(runs);
    const { status, stdout } = start('generate.ts', '--output', output, '--format', 'svg,json', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: 6, completed: 6 });
  });

  it.each([
    ['generate.ts', ['--format', 'gif'], 2, 'there is no format "gif"'],
    ['generate.ts', ['--format', 'htm'], 2, 'error: there is no format "htm" (Did you mean html?)'],
    ['generate.ts', ['--output', '/nowhere'], 3, 'collate/all.ts'],
    ['terminal.ts', ['--output', '/nowhere'], 3, 'collate/all.ts'],
    ['terminal.ts', ['--nonsense'], 2, 'nonsense'],
  ])('%s %j ends with %d', async (script, args, code, says) => {
    const { code: ended, stderr } = await scriptHere(join('plots', script), args);
    expect(ended).toBe(code);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('    at ');
  });

  it('draws plain bars in a pipe', () => {
    const output = writeTables([
      ...runs,
      completedRun({ framework: 'mlc', comparable: false, uuid: 'm' }, 20),
      completedRun({ framework: 'tinygrad', uuid: 't' }, 19),
      parityRun({ framework: 'tinygrad', uuid: 'p' }, { divergesAt: 3, gap: 2 }),
    ]);
    mkdirSync(output, { recursive: true });
    const { status, stdout } = start('terminal.ts', '--output', output);
    expect(status).toBe(0);
    expect(stdout).toContain('box-1 · cpu · smollm2-135m · 8-bit · Decode rate (tokens/s)');
    expect(stdout).toMatch(/llamacpp █+\S* [\d.]+ \([\d.]+ to [\d.]+; 3 runs\)/);
    expect(stdout).toMatch(/mlc +░+ 20\.0 \(no interval; 1 run\) not comparable/);
    expect(stdout).toMatch(/tinygrad +░+ 19\.0 \(no interval; 1 run\) failed parity/);
    expect(stdout).not.toContain('\u001b');
  });
});
