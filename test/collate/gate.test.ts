/** What the gate makes of tables whose truth is known. */
import { describe, expect, it } from 'vitest';
import { gateText } from '../../collate/regressions/pull-request/gate-text.ts';
import { judge } from '../../collate/regressions/pull-request/judge.ts';
import { type GatePlan, type GateStage, gateSweepName, type Side } from '../../scripts/log/gate-plan.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { aRun } from './run-rows.ts';

const plan: GatePlan = {
  schema: 'tokenlap.gate/1',
  suite: 'small',
  command: ['npx', 'tsx', 'scripts/ci-benchmark.ts', '--suite', 'my suite.json', '--baseline', 'main'],
  builds: { base: { words: 'main (0123456789)', mark: '0123456789' }, head: { words: 'working tree', mark: 'abcdef' } },
  runs: 8,
  mostRuns: 24,
  cells: [
    { number: 1, words: 'llamacpp q8_0' },
    { number: 2, words: 'llamacpp q4_0' },
  ],
  problems: [],
};

/** Within 1 % of each other. */
const spread = [1, 1.004, 0.997, 1.009, 0.992, 1.002, 0.999, 1.006];

type Factors = Partial<Record<'decode' | 'prefill' | 'ttft' | 'memory' | 'load', number>>;

/** Eight runs of one side, each figure this many times as large as usual. */
function runsOf(cell: number, side: Side, stage: GateStage, factors: Factors = {}, runs = 8): RunRow[] {
  const { decode = 1, prefill = 1, ttft = 1, memory = 1, load = 1 } = factors;
  return spread.slice(0, runs).map((factor, i) =>
    aRun({
      sweep: gateSweepName(plan, side, stage, cell),
      workload: 'qa',
      decode_tokens_per_s: 50 * factor * decode,
      prefill_tokens_per_s: 400 * (spread[(i + 3) % 8] ?? 1) * prefill,
      ttft_ms: 20 * (spread[(i + 5) % 8] ?? 1) * ttft,
      peak_rss_bytes: Math.round(1e9 * (spread[(i + 1) % 8] ?? 1) * memory),
      model_load_ms: 100 * factor * load,
      ttft_cold_ms: null,
      itl_p95_ms: null,
      e2e_mean_ms: null,
      engine_start_ms: null,
    }),
  );
}

function bothSides(cell: number, stage: GateStage, head: Factors = {}): RunRow[] {
  return [...runsOf(cell, 'base', stage), ...runsOf(cell, 'head', stage, head)];
}

const unchanged = bothSides(2, 'screen');
const verdictOf = (runs: readonly RunRow[], metric: string, cell = 'llamacpp q8_0') =>
  judge(plan, runs).report.rows.find((row) => row.metric === metric && row.cell === cell);

describe('a slower head', () => {
  const first = [...bothSides(1, 'screen', { decode: 0.9 }), ...unchanged];

  it('is a candidate after the first stage, which asks for its cell alone again', () => {
    const { report, again } = judge(plan, first);
    expect(report.rows.filter(({ verdict }) => verdict === 'candidate').map(({ metric }) => metric)).toEqual([
      'decode_tokens_per_s',
    ]);
    expect(again.map(({ cell }) => cell)).toEqual([1]);
    expect(again[0]?.runs).toBeGreaterThanOrEqual(8);
    expect(report.sentence).toMatch(/^No regression in 8 comparisons of 2 cells; 1 candidate not confirmed\./);
  });

  it('is a regression when fresh runs say so too, by these runs and no others', () => {
    const row = verdictOf([...first, ...bothSides(1, 'confirm', { decode: 0.88 })], 'decode_tokens_per_s');
    expect(row).toMatchObject({
      verdict: 'regression',
      primary: true,
      higherIsBetter: true,
      runs: { base: 8, head: 8 },
    });
    expect(row?.ratio?.center).toBeCloseTo(0.88, 2);
    expect(row?.ratio?.interval?.high).toBeLessThan(1);
    expect(row?.p).toBeCloseTo(2 / 12_870, 6);
    expect(row?.command).toBe("npx tsx scripts/ci-benchmark.ts --suite 'my suite.json' --baseline main --cell 1");
  });

  it('is named in the sentence, with its size', () => {
    const { report } = judge(plan, [...first, ...bothSides(1, 'confirm', { decode: 0.88 })]);
    expect(report.sentence).toMatch(
      /^1 regression confirmed, the largest decode rate of llamacpp q8_0: 12 % less \(\d+(\.\d)? to \d+(\.\d)? %\)\.$/,
    );
  });

  it('is nothing when fresh runs show no change', () => {
    const row = verdictOf([...first, ...bothSides(1, 'confirm')], 'decode_tokens_per_s');
    expect(row?.verdict).toBe('unchanged');
  });

  it('stays a candidate when the fresh runs are too few', () => {
    const few = [...runsOf(1, 'base', 'confirm', {}, 4), ...runsOf(1, 'head', 'confirm', { decode: 0.9 }, 4)];
    expect(verdictOf([...first, ...few], 'decode_tokens_per_s')?.verdict).toBe('candidate');
  });
});

it.each([
  [{ ttft: 1.2 }, 'ttft_ms', 'regression'],
  [{ ttft: 0.8 }, 'ttft_ms', 'improvement'],
  [{ memory: 1.1 }, 'peak_rss_bytes', 'regression'],
  [{ prefill: 1.2 }, 'prefill_tokens_per_s', 'improvement'],
] as const)('knows which way is better: %j makes %s a %s', (factors, metric, verdict) => {
  const runs = [...bothSides(1, 'screen', factors), ...bothSides(1, 'confirm', factors), ...unchanged];
  expect(verdictOf(runs, metric)?.verdict).toBe(verdict);
});

it('fails nothing for a figure that was not declared beforehand, and does not measure it again', () => {
  const { report, again } = judge(plan, [...bothSides(1, 'screen', { load: 2 }), ...unchanged]);
  const row = report.rows.find(({ metric, cell }) => metric === 'model_load_ms' && cell === 'llamacpp q8_0');
  expect(row).toMatchObject({ verdict: 'candidate', primary: false });
  expect(again).toEqual([]);
  expect(report.sentence).toMatch(/^No regression in 8 comparisons/);
  expect(report.sentence).not.toMatch(/candidate/);
});

it('says in every row how small a change it could have found, and how many runs a change of 3 % takes', () => {
  for (const row of judge(plan, [...bothSides(1, 'screen'), ...unchanged]).report.rows) {
    expect(row.verdict).toBe('unchanged');
    expect(row.smallestChange).toBeGreaterThan(0);
    expect(row.smallestChange).toBeLessThan(0.03);
    expect(row.runsNeeded).toBeLessThanOrEqual(8);
  }
});

it('has no verdict where a side failed, and says why', () => {
  const failed = { ...plan, problems: [{ cell: 1, side: 'head' as const, reason: 'failed: out of memory' }] };
  const { report } = judge(failed, [...runsOf(1, 'base', 'screen'), ...unchanged]);
  const row = report.rows.find(({ cell }) => cell === 'llamacpp q8_0');
  expect(row).toMatchObject({ verdict: 'insufficient', runs: { base: 8, head: 0 }, ratio: null });
  expect(row?.changed).toEqual(['head failed: out of memory']);
  expect(report.sentence).toMatch(/4 comparisons with too few runs/);
  expect(gateText(report, false)).toMatch(/llamacpp q8_0: head failed: out of memory/);
});

it('says so where nothing completed at all', () => {
  const problems = [1, 2].map((cell) => ({ cell, side: 'base' as const, reason: 'missing' }));
  expect(judge({ ...plan, problems }, []).report.sentence).toMatch(/^Nothing could be compared/);
});

it('names what else differs between the two sides', () => {
  const head = runsOf(1, 'head', 'screen').map((run) => ({
    ...run,
    measurement: JSON.stringify({ 'effective.build.version': 'b2' }),
    output_sha256: 'other',
  }));
  const base = runsOf(1, 'base', 'screen').map((run) => ({
    ...run,
    measurement: JSON.stringify({ 'effective.build.version': 'b1', session: 'sweep x' }),
  }));
  const changed = verdictOf([...base, ...head, ...unchanged], 'decode_tokens_per_s')?.changed;
  expect(changed).toEqual(['effective.build.version b1 → b2', 'the answers themselves']);
});
