import { expect, test } from 'vitest';
import { analyze } from '../../collate/analysis/analysis.ts';
import { analysisText } from '../../collate/analysis/analysis-text.ts';
import type { Contender } from '../../collate/analysis/comparison.ts';
import { cellsOf, groupRuns } from '../../collate/analysis/groups.ts';
import { figuresOf, outliersOf } from '../../collate/analysis/measures.ts';
import { groupRuns as groupsOfReport } from '../../plots/data/groups.ts';
import { overSlowest } from '../../plots/data/verdicts.ts';
import { noiseFloor } from '../../scripts/results/compare.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { comparisonsOf } from '../fakes/simulated-cells.ts';
import { aRun, runsAt, runsInRounds } from './run-rows.ts';

const decode = { column: 'decode_tokens_per_s', better: 'higher' } as const;
const steady = [100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1];

function decodeContender(runs: RunRow[], reference?: string): Contender | undefined {
  const comparison = analyze(runs, reference).comparisons[0];
  return comparison?.measures.find(({ measure }) => measure.column === decode.column)?.contenders[0];
}

test.each<[what: string, other: Partial<RunRow>, groups: number, cells: number]>([
  ['nothing', {}, 1, 1],
  ['the framework', { framework: 'pytorch' }, 2, 1],
  ['the quantisation', { quantize: 'bf16' }, 2, 1],
  ['the device', { device: 'cuda' }, 2, 1],
  ['the threads', { threads: 4 }, 2, 1],
  ['the batch', { batch_tokens: 64 }, 2, 1],
  ['the attention', { flash_attention: 'on' }, 2, 1],
  ['the KV cache', { kv_type: 'q8_0' }, 2, 1],
  ['the precision', { precision: 'nf4' }, 2, 1],
  ['the compilation', { compile: true }, 2, 1],
  ['the number of devices', { device_count: 2 }, 2, 1],
  ['the axis of the shards', { shard: 'heads' }, 2, 1],
  ['the host', { hostname: 'other' }, 2, 2],
  ['the model', { model: 'other' }, 2, 2],
  ['the weight class', { weight_class: '4-bit' }, 2, 2],
  ['the workload', { workload: 'kernel' }, 2, 2],
  ['the token limit', { max_tokens: 8 }, 2, 2],
])('runs that differ in %s', (_, other, groups, cells) => {
  const grouped = groupRuns([aRun(), aRun(other)]);
  expect(grouped).toHaveLength(groups);
  expect(cellsOf(grouped)).toHaveLength(cells);
});

test('who ran with other threads is in no ranking, and the analysis says why', () => {
  const runs = [
    ...runsAt(steady, { framework: 'a', threads: 1 }),
    ...runsAt(steady, { framework: 'b' }),
    ...runsAt(
      steady.map((rate) => rate / 2),
      { framework: 'c' },
    ),
  ];
  const analysis = analyze(runs);
  expect(analysis.comparisons).toMatchObject([
    { reference: { framework: 'b' }, notRanked: [{ key: { framework: 'a' } }] },
  ]);
  expect(analysisText(analysis)).toContain(
    'a f16 cpu 1 thread is not ranked: not measured under equal conditions: 1 thread, not 2 threads as b',
  );
});

test('runs that did not complete are counted, not averaged', () => {
  const analysis = analyze([
    ...runsAt([100, 110]),
    aRun({ status: 'killed', decode_tokens_per_s: 1 }),
    aRun({ status: 'missing' }),
  ]);
  expect(analysis.leftOut).toEqual({ killed: 1, missing: 1 });
  expect(analysis.groups[0]?.measures[0]).toMatchObject({
    measure: decode,
    summary: { count: 2, mean: 105, median: 105, min: 100, max: 110, interval: null },
  });
});

test('the order of the rows makes no difference', () => {
  const runs = [...runsAt(steady), ...runsAt([50, 51, 49], { framework: 'pytorch' })];
  expect(analyze(runs.toReversed())).toEqual(analyze(runs));
});

test('embedding runs have their own measures, and batches of another size are another thing', () => {
  const embedding = { workload: 'embedding', embed_batch_texts: 8, embed_tokens_per_s: 900, embed_texts_per_s: 30 };
  const { groups } = analyze([aRun(embedding), aRun({ ...embedding, embed_batch_texts: 1 })]);
  expect(groups).toHaveLength(2);
  expect(groups[0]?.measures.map(({ measure }) => measure.column)).toEqual([
    ...['embed_tokens_per_s', 'embed_texts_per_s'],
  ]);
});

test('kernel runs have their own measures', () => {
  const kernel = { workload: 'kernel', n_prompt: 512, n_gen: 128, depth: 0, tg_tokens_per_s: 90, pp_tokens_per_s: 900 };
  const [group] = analyze([aRun(kernel)]).groups;
  expect(group?.measures.map(({ measure }) => measure.column)).toEqual(['tg_tokens_per_s', 'pp_tokens_per_s']);
});

test('half the speed over enough runs is worse, and the fastest is the reference', () => {
  const slow = runsAt(
    steady.map((rate) => rate / 2),
    { framework: 'a' },
  );
  const runs = [...slow, ...runsAt(steady, { framework: 'b' })];
  expect(analyze(runs).comparisons[0]?.reference?.framework).toBe('b');
  const contender = decodeContender(runs);
  expect(contender).toMatchObject({ verdict: 'worse', verdictWithoutOutliers: null, agreement: 'not known' });
  expect(contender?.comparison.ratio).toBeCloseTo(0.5, 3);
  expect(contender?.comparison.method).toBe("Welch's t");
  expect(decodeContender(runs, 'a')).toMatchObject({ verdict: 'better', key: { framework: 'b' } });
});

test('for latencies lower is better', () => {
  const at = (ttft: number, framework: string) =>
    steady.map((rate) => aRun({ framework, decode_tokens_per_s: rate, ttft_ms: (ttft * rate) / 100 }));
  const [comparison] = analyze([...at(10, 'a'), ...at(20, 'b')], 'a').comparisons;
  const ttft = comparison?.measures.find(({ measure }) => measure.column === 'ttft_ms');
  expect(ttft?.contenders[0]).toMatchObject({ verdict: 'worse', key: { framework: 'b' } });
});

test('a difference below 2 % is none, however clear', () => {
  const contender = decodeContender([
    ...runsAt(steady, { framework: 'a' }),
    ...runsAt(
      steady.map((rate) => 101.5 + (rate - 100) / 100),
      { framework: 'b' },
    ),
  ]);
  expect(contender?.verdict).toBe('no detectable difference');
});

test('three runs each are too few, and the analysis says how many are needed', () => {
  const runs = [...runsAt([100, 101, 99], { framework: 'a' }), ...runsAt([50, 51, 49], { framework: 'b' })];
  expect(decodeContender(runs)).toMatchObject({ verdict: 'too few runs', comparison: { roundsNeeded: 6 } });
  expect(analysisText(analyze(runs))).toContain('too few runs: 6 of each are needed');
});

test('a single contender, chat and other hosts are not compared', () => {
  expect(analyze(runsAt(steady)).comparisons).toEqual([]);
  const chat = [...runsAt(steady, { workload: 'chat' }), ...runsAt(steady, { workload: 'chat', framework: 'b' })];
  expect(analyze(chat).comparisons).toEqual([]);
  const hosts = [...runsAt(steady), ...runsAt(steady, { hostname: 'phone' })];
  expect(analyze(hosts).comparisons).toEqual([]);
});

test('what is not comparable is summarised and named, and not ranked', () => {
  const runs = [
    ...runsAt(steady, { framework: 'a' }),
    ...runsAt(steady, { framework: 'b' }),
    ...runsAt(steady, { framework: 'c', comparable: false }),
  ];
  const analysis = analyze(runs);
  expect(analysis.groups).toHaveLength(3);
  expect(analysis.comparisons[0]?.notRanked).toMatchObject([{ key: { framework: 'c' } }]);
  expect(analysisText(analysis)).toContain('c f16 cpu 2 threads (not comparable) is not ranked');
});

test('a prefill rate is not compared with a lower bound of one', () => {
  const at = (framework: string, prefill_is_lower_bound: boolean) =>
    steady.map((rate) =>
      aRun({ framework, decode_tokens_per_s: rate, prefill_tokens_per_s: rate, prefill_is_lower_bound }),
    );
  const [comparison] = analyze([...at('a', true), ...at('b', false)]).comparisons;
  expect(comparison?.measures.map(({ measure }) => measure.column)).toEqual(['decode_tokens_per_s']);
});

test('outputs that differ are said beside the verdict', () => {
  const runs = (framework: string, output_sha256: string) => runsAt(steady, { framework, output_sha256, iteration: 0 });
  expect(decodeContender([...runs('a', 'x'), ...runs('b', 'x')])?.agreement).toBe('outputs equal');
  const different = [...runs('a', 'x'), ...runs('b', 'y')];
  expect(decodeContender(different)?.agreement).toBe('outputs differ');
  expect(analysisText(analyze(different))).toContain('outputs differ: no ranking without parity');
});

test('an outlier is marked, stays in the data, and its effect on the verdict is shown', () => {
  const slow = steady.map((rate) => rate * 0.9);
  const noisy = runsAt([...slow, 400], { framework: 'b' });
  expect(outliersOf(noisy, decode)).toMatchObject([{ value: 400, uuid: noisy.at(-1)?.uuid }]);
  const runs = [...runsAt(steady, { framework: 'a' }), ...noisy];
  expect(analyze(runs).groups[1]?.measures[0]?.summary.count).toBe(9);
  expect(decodeContender(runs, 'a')).toMatchObject({
    verdict: 'no detectable difference',
    verdictWithoutOutliers: 'worse',
  });
});

test('the noise floor is what two groups of the same are expected to differ by, pooled over all groups', () => {
  const [quiet] = groupRuns(runsAt([100, 100, 100, 100]));
  const [noisy] = groupRuns(runsAt([100, 110, 100, 110]));
  const [few] = groupRuns(runsAt([100, 200, 100]));
  const groups = [quiet, noisy, few].filter((group) => group !== undefined);
  // Squares of the logarithms about their means: 0, ln 1.1 squared, 2/3 ln 2 squared; 8 degrees of 11 runs in 3 groups.
  const deviation = Math.sqrt((Math.log(1.1) ** 2 + (2 / 3) * Math.log(2) ** 2) / 8);
  const expected = Math.expm1(deviation * Math.sqrt(2 / Math.PI) * Math.sqrt(2 / (11 / 3)));
  expect(noiseFloor(groups.map((group) => figuresOf(group, decode)))?.share).toBeCloseTo(expected, 10);
});

test('the analysis, the session and the report say the same of the same runs', () => {
  const rounds = [100, 80, 120, 95, 105, 88];
  const faster = rounds.map((rate, i) => rate * (1.06 + 0.002 * (i % 3)));
  const [ofSession] = comparisonsOf([faster, rounds]);
  const rows = [...runsInRounds(faster, { framework: 'a' }), ...runsInRounds(rounds, { framework: 'b' })];
  const ofAnalysis = decodeContender(rows)?.comparison;
  expect(ofAnalysis).toEqual(ofSession);
  expect(ofAnalysis).toMatchObject({ method: 'paired t', count: 6, verdict: 'lower' });
  const [group] = groupsOfReport(rows.map((row) => ({ ...row, workload: 'qa' })));
  const [ofReport] = group === undefined ? [] : overSlowest(group);
  expect(ofReport?.ratio).toBeCloseTo(1 / (ofSession?.ratio ?? 0), 12);
  expect(ofReport?.interval?.low).toBeCloseTo(1 / (ofSession?.interval?.high ?? 0), 12);
  expect(ofReport?.decision).toBe('faster');
});

test('time per token has the reciprocal of the ratio of rates', () => {
  const at = (rates: readonly number[], framework: string) =>
    runsInRounds(rates, { framework }).map((run) => ({ ...run, tpot_ms: 1000 / (run.decode_tokens_per_s ?? 1) }));
  const [comparison] = analyze([
    ...at([143, 210, 90, 150, 160, 120], 'a'),
    ...at([100, 101, 99, 140, 97, 103], 'b'),
  ]).comparisons;
  const ratios = (comparison?.measures ?? []).map(({ contenders }) => contenders[0]?.comparison.ratio ?? Number.NaN);
  expect(ratios).toHaveLength(2);
  expect((ratios[0] ?? 0) * (ratios[1] ?? 0)).toBeCloseTo(1, 12);
});

test('a machine that slows down is said beside the comparison', () => {
  const falling = [100, 93, 88, 80, 77, 70];
  const rows = [
    ...runsInRounds(falling, { framework: 'a' }),
    ...runsInRounds(
      falling.map((rate, i) => rate * (0.9 + i / 1e3)),
      { framework: 'b' },
    ),
  ];
  const analysis = analyze(rows);
  expect(analysis.comparisons[0]?.measures[0]?.drifts[0]).toMatchObject({ rounds: 6, p: expect.closeTo(2 / 720, 9) });
  expect(analysisText(analysis)).toMatch(
    /The machine drifted: over the 6 rounds of the session figures of decode rate fell by/,
  );
});
