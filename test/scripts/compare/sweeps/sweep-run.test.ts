import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cellsInOrder } from '../../../../scripts/compare/sweeps/cell.ts';
import { CellPlanner } from '../../../../scripts/compare/sweeps/cell-plan.ts';
import type { SweepWorld } from '../../../../scripts/compare/sweeps/cell-run.ts';
import { gridOf } from '../../../../scripts/compare/sweeps/grid.ts';
import { Ledger } from '../../../../scripts/compare/sweeps/ledger.ts';
import { readTraces } from '../../../../scripts/compare/sweeps/run-traces.ts';
import { parseSweep } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { countsOf, exitCodeOf, overheadOf } from '../../../../scripts/compare/sweeps/sweep-result.ts';
import { type CellResult, runCells, type SweepRules } from '../../../../scripts/compare/sweeps/sweep-run.ts';
import { resultText } from '../../../../scripts/compare/sweeps/sweep-text.ts';
import { NotRunFile, readNotRun } from '../../../../scripts/log/not-run-file.ts';
import { type RunRecord, recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { describeHost } from '../../../../scripts/machine/host.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { shortWorld } from '../../../fakes/short-runs.ts';

interface Call extends Partial<SweepRules> {
  world?: Partial<SweepWorld>;
  maxAgeMs?: number;
  force?: boolean;
  signal?: AbortSignal;
  onResult?: (result: CellResult) => void;
}

const axes = { framework: 'scripted', threads: 1 };
const { hostname } = await describeHost(false);

/** One call of a sweep, as sweep-call.ts makes it. */
async function call(output: string, content: object, given: Call = {}): Promise<CellResult[]> {
  const { world = {}, maxAgeMs, force = false, signal = new AbortController().signal, onResult, ...rules } = given;
  const file = parseSweep({ name: 'x', ...axes, ...content }, 'x.json');
  const here = { ...shortWorld, ...world };
  const settings = { sweep: 'x', output, anonymize: false, timeoutSeconds: 20, offline: true, hubUrl: undefined };
  return runCells(
    cellsInOrder(gridOf(file).cells, file, 1),
    {
      ...{ sweep: 'x', hostname, retries: 0, retryFailed: false, cellLimitMs: Number.POSITIVE_INFINITY },
      ...{ parallel: 1, acceptDisturbance: false },
      ...rules,
    },
    {
      ledger: new Ledger(readTraces(output), {
        sweep: 'x',
        hostname,
        oldestMs: maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : Date.now() - maxAgeMs,
      }),
      notRun: new NotRunFile(output, 'x'),
      planner: new CellPlanner({ ...settings, conditions: false, force, command: ['test'] }, here, () => {}),
      world: here,
      mayGoOn: () => {},
      onCell: () => {},
      onResult: onResult ?? (() => {}),
      reporter: { stage: () => {}, progress: () => {} },
    },
    signal,
  );
}

const statuses = (results: readonly CellResult[]) => results.map(({ status }) => status).sort();
const ran = (results: readonly CellResult[]) => results.reduce((sum, { runs }) => sum + runs, 0);
const recordsOf = (path: string | null): RunRecord[] =>
  readFileSync(path ?? '', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)));
const logs = (output: string) => {
  const folder = join(output, 'raw', 'scripted');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('a call of a sweep', () => {
  it('runs each cell in a run of its own, whose log names sweep, cell and try', async () => {
    const output = outputFolder();
    const results = await call(output, { seed: [1, 2], maxTokens: [8, 16] });
    expect(statuses(results)).toEqual(new Array(4).fill('completed'));
    const sweeps = results
      .map(({ log }) => recordsOf(log)[0])
      .map((header) => (header?.type === 'header' ? header.sweep : null));
    expect(sweeps).toEqual(results.map(({ cell }) => ({ name: 'x', cell: cell.id, iteration: 0, attempt: 0 })));
    expect(logs(output)).toHaveLength(4);
  });

  it('runs what is missing when it is called again, and what a changed file asks for beside it', async () => {
    const output = outputFolder();
    await call(output, { seed: [1, 2] });
    const again = await call(output, { seed: [1, 2] });
    expect(ran(again)).toBe(0);
    expect(again.every(({ earlier, status }) => earlier && status === 'completed')).toBe(true);
    const more = await call(output, { seed: [2, 3, 4] });
    expect(ran(more)).toBe(2);
    expect(logs(output)).toHaveLength(4);
  });

  it('takes no logs of another machine or another sweep for its own', async () => {
    const output = outputFolder();
    const [result] = await call(output, { seed: 1 });
    const path = result?.log ?? '';
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(`"hostname":"${hostname}"`, '"hostname":"elsewhere"'));
    expect(ran(await call(output, { seed: 1 }))).toBe(1);
    writeFileSync(path, text.replace('"sweep":{"name":"x"', '"sweep":{"name":"y"'));
    expect(logs(output)).toHaveLength(2);
    expect(ran(await call(output, { seed: 1 }))).toBe(0);
  });

  it('runs again what a kill has cut off, wherever it cut', async () => {
    const output = outputFolder();
    const [result] = await call(output, { seed: 1 });
    const path = result?.log ?? '';
    const text = readFileSync(path, 'utf8');
    const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
    // In its header, before its closing line, in it, and before the line break that makes it whole.
    for (const bytes of [50, lastLine, lastLine + 20, text.length - 1]) {
      writeFileSync(path, text.slice(0, bytes));
      const before = logs(output).length;
      expect(ran(await call(output, { seed: 1 })), `cut at ${bytes} of ${text.length}`).toBe(1);
      for (const log of logs(output).filter((name) => !path.endsWith(name))) {
        writeFileSync(join(output, 'raw', 'scripted', log), '');
      }
      expect(logs(output)).toHaveLength(before + 1);
    }
    writeFileSync(path, text);
    expect(ran(await call(output, { seed: 1 }))).toBe(0);
  });

  it('runs again what is older than was asked for', async () => {
    const output = outputFolder();
    await call(output, { seed: [1, 2] });
    expect(ran(await call(output, { seed: [1, 2] }, { maxAgeMs: 3_600_000 }))).toBe(0);
    expect(ran(await call(output, { seed: [1, 2] }, { maxAgeMs: 0 }))).toBe(2);
  });
});

describe('a cell that does not complete', () => {
  it('is a row with its reason, and stops no other', async () => {
    const output = outputFolder();
    const results = await call(output, { maxTokens: [8, 500, 16] });
    expect(statuses(results)).toEqual(['completed', 'completed', 'failed']);
    expect(results.find(({ status }) => status === 'failed')).toMatchObject({
      reason: 'the engine is out of ideas',
      remedy: 'Give it some.',
      runs: 1,
    });
    expect(exitCodeOf(countsOf(results), false)).toBe(1);
  });

  it('is tried again in the same call as often as was asked, and in a later one only when asked', async () => {
    const output = outputFolder();
    const results = await call(output, { maxTokens: [500, 504] }, { retries: 2 });
    expect(results.map(({ cell, status, runs }) => [cell.options.maxTokens, status, runs]).sort()).toEqual([
      [500, 'failed', 3],
      [504, 'completed', 2],
    ]);
    expect(ran(await call(output, { maxTokens: [500, 504] }))).toBe(0);
    const again = await call(output, { maxTokens: [500, 504] }, { retryFailed: true });
    expect(ran(again)).toBe(1);
    const [header] = recordsOf(again.find(({ runs }) => runs === 1)?.log ?? null);
    expect(header?.type === 'header' ? header.sweep?.attempt : null).toBe(3);
  });

  it('has failed when it takes longer than a cell may', async () => {
    const results = await call(outputFolder(), { maxTokens: [501, 8] }, { cellLimitMs: 300 });
    const failed = results.find(({ status }) => status === 'failed');
    expect(failed).toMatchObject({ reason: 'the cell took longer than 300 ms' });
    expect(failed?.remedy).toMatch(/--cell-timeout/);
    expect(recordsOf(failed?.log ?? null).at(-1)).toMatchObject({ type: 'end', status: 'failed' });
    expect(countsOf(results)).toMatchObject({ completed: 1, failed: 1 });
  });

  it('is told as out of memory where that is what its engine says', async () => {
    const [result] = await call(outputFolder(), { maxTokens: 502 });
    expect(result).toMatchObject({ outOfMemory: true, reason: 'out of memory: the engine ended: std::bad_alloc' });
  });

  it('starts no second engine of a framework that is missing, and is run once that is there', async () => {
    const output = outputFolder();
    const results = await call(output, { maxTokens: 503, seed: [1, 2, 3] });
    expect(statuses(results)).toEqual(['missing', 'missing', 'missing']);
    expect(ran(results)).toBe(1);
    expect(readNotRun(join(output, 'sweeps', 'x.jsonl'))).toMatchObject([
      { status: 'missing', reason: 'Scripted is not installed', remedy: 'Install it.' },
      { status: 'missing' },
    ]);
    expect(exitCodeOf(countsOf(results), false)).toBe(3);
    expect(ran(await call(output, { maxTokens: 503, seed: [1, 2, 3] }))).toBe(1);
  });

  it('is not begun where its memory does not suffice, unless it is forced', async () => {
    const output = outputFolder();
    const tight = { world: { availableBytes: () => 1e6 } };
    const [result] = await call(output, { seed: 1 }, tight);
    expect(result).toMatchObject({ status: 'skipped', runs: 0, log: null });
    expect(result?.reason).toBe('it needs about 251 MB of memory, and 1.00 MB are free');
    await call(output, { seed: 1 }, tight);
    expect(readNotRun(join(output, 'sweeps', 'x.jsonl'))).toHaveLength(1);
    expect(statuses(await call(output, { seed: 1 }, { ...tight, force: true }))).toEqual(['completed']);
  });

  it('is incompatible where the framework lacks what it asks for', async () => {
    const output = outputFolder();
    const results = await call(output, { device: ['cpu', 'cuda'] });
    expect(statuses(results)).toEqual(['completed', 'incompatible']);
    const [record] = readNotRun(join(output, 'sweeps', 'x.jsonl'));
    expect(record).toMatchObject({ status: 'incompatible', reason: 'Scripted has no device "cuda"', device: 'cuda' });
  });
});

describe('Ctrl-C', () => {
  it('ends the running cell in order, leaves the others, and the next call goes on there', async () => {
    const output = outputFolder();
    const abort = new AbortController();
    const content = { seed: [1, 2, 3], maxTokens: [8, 501] };
    const hangs = setInterval(() => {
      const last = logs(output).map((name) => readFileSync(join(output, 'raw', 'scripted', name), 'utf8'));
      if (last.some((text) => text.includes('"maxTokens":501'))) abort.abort();
    }, 20);
    const results = await call(output, content, { signal: abort.signal });
    clearInterval(hangs);
    const counts = countsOf(results);
    expect(statuses(results)).toContain('interrupted');
    expect(counts.completed + counts.left).toBe(6);
    expect(exitCodeOf(counts, abort.signal.aborted)).toBe(130);
    const again = await call(output, content, { cellLimitMs: 200 });
    expect(countsOf(again)).toMatchObject({ completed: 3, completedEarlier: counts.completed, failed: 3, left: 0 });
  });
});

describe('cells at the same time', () => {
  it('run on one device only where the disturbance is accepted, and then say so in their logs', async () => {
    let most = 0;
    let running = 0;
    const counting: SweepWorld['runBenchmark'] = async (...run) => {
      most = Math.max(most, ++running);
      const outcome = await shortWorld.runBenchmark(...run);
      running--;
      return outcome;
    };
    const world = { runBenchmark: counting };
    const seeds = { seed: { from: 1, to: 6, step: 1 }, device: 'cpu' };
    await call(outputFolder(), seeds, { parallel: 3, world });
    expect(most).toBe(1);
    const results = await call(outputFolder(), seeds, { parallel: 3, acceptDisturbance: true, world });
    expect(most).toBe(3);
    expect(statuses(results)).toEqual(new Array(6).fill('completed'));
    for (const { log } of results) {
      expect(recordsOf(log).filter((record) => record.type === 'warning')).toMatchObject([{ code: 'shared_device' }]);
    }
  });
});

describe('a cell of several answers at a time', () => {
  it('is one level of the resource pool test: engine processes, where the framework has no sequences', async () => {
    const output = outputFolder();
    const [result] = await call(output, { concurrency: 2, seconds: 1, maxTokens: 4 });
    expect(result).toMatchObject({ status: 'completed', runs: 1 });
    expect(result?.figures.throughput).toBeGreaterThan(0);
    const records = recordsOf(result?.log ?? null);
    expect(records[0]).toMatchObject({ workload: 'pool', sweep: { name: 'x', cell: result?.cell.id } });
    expect(records.filter((record) => record.type === 'pool_level')).toMatchObject([
      { kind: 'engines', concurrency: 2, engines: 2, sequences: 1 },
    ]);
    expect(records.filter((record) => record.type === 'pool_cycle' || record.type === 'pool_recovery')).toEqual([]);
    expect(ran(await call(output, { concurrency: 2, seconds: 1, maxTokens: 4 }))).toBe(0);
  });
});

describe('what a sweep tells at its end', () => {
  it('counts its cells, sums its own time beside the runs, and names what did not complete', async () => {
    const output = outputFolder();
    const content = { seed: [1, 2], maxTokens: [8, 500] };
    const results = await call(output, content);
    const file = parseSweep({ name: 'x', ...axes, ...content }, 'x.json');
    const overhead = overheadOf(results, 12);
    const wall = results.reduce((sum, { wallMs }) => sum + wallMs, 0);
    const inRuns = results.reduce((sum, { log }) => {
      const end = recordsOf(log).at(-1);
      return sum + (end?.type === 'end' ? end.atNs / 1e6 : 0);
    }, 0);
    expect(overhead.runs).toBe(4);
    expect(overhead.sumMs).toBeCloseTo(wall - inRuns, 6);
    expect(overhead.perRunMs).toBeCloseTo((wall - inRuns) / 4, 6);
    expect(overhead.sumMs).toBeGreaterThan(0);
    const told = resultText({ file, results, counts: countsOf(results), overhead });
    expect(told).toContain('x: 2 of 4 cells completed, 2 failed');
    expect(told).toContain('2 cells failed: the engine is out of ideas. Give it some.');
    expect(told).toMatch(/Overhead beside the runs: .* in 4 runs, .* a run/);
  });
});
