/** The command: what it writes, and that nothing of it enters what is ours. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { analyze } from '../../../collate/analysis/analysis.ts';
import { importCommand } from '../../../collate/import.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { readTable } from '../../../collate/tables/read.ts';
import { foreignTable } from '../../../scripts/results/foreign-table.ts';
import { runsTable } from '../../../scripts/results/runs/runs.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { outputFolder } from '../output-folder.ts';
import { recordedPath, recordedText } from './imported.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => vi.restoreAllMocks());

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const bench = recordedPath('llama-bench/bench.json');
const serve = recordedPath('vllm/serve-2026-detailed.json');

function start(...args: string[]) {
  const words = ['--import', 'tsx', join(repository, 'collate/import.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: repository, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const here = (...args: string[]) => scriptHere('collate/import.ts', args);

const quietly = async (...args: string[]) => {
  await importCommand([...args, '--json']);
};

describe('npx tsx collate/import.ts', () => {
  it('tells each metric with ours beside, and why where there is none', { timeout: 60_000 }, () => {
    const { path } = outputFolder();
    const told = start('--output', path, recordedPath('llama-bench/bench.csv'), serve);
    expect(told).toMatchObject({ status: 0, stderr: '' });
    expect(told.stdout).toMatch(/llama-bench \(llama\.cpp\) de3ff81 \(1\), csv, 6 combinations/);
    expect(told.stdout).toContain('not derivable: pp_tokens_per_s: the csv of llama-bench has averages only');
    expect(told.stdout).toMatch(/TPOT +15\.00 +ms +15\.83 +ms tpot_ms/);
    expect(told.stdout).toMatch(/Output token throughput .* e2e_tokens_per_s \(another formula\)/);
    expect(told.stdout).toContain('no comparison of ours uses them');
  });

  it('has exit code 2 and a line a file for broken ones, and imports none of the others', { timeout: 60_000 }, () => {
    const { path } = outputFolder();
    const [first, second] = [join(path, 'first.json'), join(path, 'second.json')];
    writeFileSync(first, '');
    writeFileSync(second, '[{"build_commit": 1}]');
    const told = start('--output', path, first, bench, second);
    expect(told).toMatchObject({ status: 2, stdout: '' });
    const lines = told.stderr.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('first.json: it is empty');
    expect(lines[1]).toContain('second.json: test 1: build_commit: ');
    expect(lines[2]).toContain('Nothing was imported');
    expect(readdirSync(path).sort()).toEqual(['first.json', 'second.json']);
  });

  it('has exit code 3 for a file that is not there, and 2 for a tool that is not known', async () => {
    const { path } = outputFolder();
    expect(await here('--output', path, join(path, 'none.json'))).toMatchObject({ code: 3, stdout: '' });
    const told = await here('--output', path, '--tool', 'vlm', bench);
    expect(told).toMatchObject({ code: 2, stdout: '' });
    expect(told.stderr).toContain('Did you mean vllm?');
    expect(await here('--output', path)).toMatchObject({ code: 2 });
  });
});

describe('what an import writes', () => {
  it('is a record by the hash of the file, the file as it was, and rows of foreign.csv', async () => {
    const { path } = outputFolder();
    await quietly(bench, '--output', path);
    const [json = '', raw = ''] = readdirSync(join(path, 'foreign')).sort();
    expect(raw).toBe(json.replace('.json', '.raw'));
    expect(readFileSync(join(path, 'foreign', raw))).toEqual(readFileSync(bench));
    const rows = readTable(path, foreignTable);
    expect(rows).toHaveLength(12);
    expect(rows[0]).toMatchObject({
      ...{
        file_sha256: json.replace('.json', ''),
        file: 'bench.json',
        tool: 'llama-bench',
        cell: 0,
        prompt_tokens: 32,
      },
      ...{
        metric: 't/s',
        unit: 'tokens/s',
        value_is: 'avg',
        ours: 'pp_tokens_per_s',
        same_formula: true,
        not_derivable: null,
      },
      host: expect.stringContaining('backends=CPU'),
    });
    expect(rows[0]?.ours_value).toBeCloseTo(rows[0]?.value ?? Number.NaN, 5);
    expect(rows[1]).toMatchObject({ metric: 'ns', ours: null, ours_value: null, not_derivable: expect.any(String) });
  });

  it('is the same whatever the file is called and however often it comes', async () => {
    const { path } = outputFolder();
    await quietly(bench, '--output', path);
    const before = snapshot(path);
    const copy = join(path, 'copy.csv');
    copyFileSync(bench, copy);
    await quietly(copy, bench, '--output', path);
    rmSync(copy);
    expect(snapshot(path)).toEqual(before);
  });

  it('is read again where another tool is forced, or where its record is broken', async () => {
    const { path } = outputFolder();
    await quietly(bench, '--output', path);
    await expect(quietly(bench, '--output', path, '--tool', 'vllm')).rejects.toThrow('it is no result of serve');
    const [json = ''] = readdirSync(join(path, 'foreign')).sort();
    writeFileSync(join(path, 'foreign', json), '{}');
    rmSync(join(path, 'foreign.csv'));
    await quietly(bench, '--output', path);
    expect(readTable(path, foreignTable)).toHaveLength(12);
  });
});

describe('a collation', () => {
  it('makes foreign.csv anew, names a record that it cannot read, and removes the table when nothing is left', async () => {
    const output = outputFolder();
    output.log({ number: 1 });
    await quietly(bench, serve, '--output', output.path);
    const table = join(output.path, 'foreign.csv');
    const before = readFileSync(table, 'utf8');
    rmSync(table);
    expect((await collateAll({ output: output.path })).remarks).toEqual([]);
    expect(readFileSync(table, 'utf8')).toBe(before);
    const records = readdirSync(join(output.path, 'foreign')).filter((name) => name.endsWith('.json'));
    for (const name of records) writeFileSync(join(output.path, 'foreign', name), 'x');
    const { remarks } = await collateAll({ output: output.path });
    expect(remarks).toEqual(records.sort().map((name) => `foreign/${name} cannot be read: import its file again`));
    expect(readdirSync(output.path)).not.toContain('foreign.csv');
  });

  it('has the same tables and the same verdicts with foreign results as without', async () => {
    const output = outputFolder();
    for (const number of [1, 2, 3]) output.log({ number });
    output.log({ number: 4, framework: 'pytorch' });
    await collateAll({ output: output.path });
    const runs = readFileSync(join(output.path, 'runs.csv'), 'utf8');
    const verdicts = analyze(readTable(output.path, runsTable), undefined);
    await quietly(bench, serve, '--output', output.path);
    await collateAll({ output: output.path, rebuild: true });
    expect(readFileSync(join(output.path, 'runs.csv'), 'utf8')).toBe(runs);
    expect(analyze(readTable(output.path, runsTable), undefined)).toEqual(verdicts);
  });

  it('takes a text that looks like a formula for a text', async () => {
    const { path } = outputFolder();
    const named = join(path, 'named.json');
    writeFileSync(
      named,
      recordedText('vllm/serve-2025-11-summary.json').replaceAll('../models/Llama-3.2-1B-Instruct', '=cmd()'),
    );
    await quietly(named, '--output', path);
    expect(readFileSync(join(path, 'foreign.csv'), 'utf8')).toContain(",'=cmd(),");
    expect(readTable(path, foreignTable)[0]?.model).toBe('=cmd()');
  });
});

/** Content and time of change of every file. */
function snapshot(path: string): Record<string, [string, number]> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(path, name)).isFile(),
  );
  return Object.fromEntries(
    names.map((name) => [name, [readFileSync(join(path, name), 'latin1'), statSync(join(path, name)).mtimeMs]]),
  );
}
