import { expect, test } from 'vitest';
import { analyze } from '../../collate/analysis/analysis.ts';
import { analysisText } from '../../collate/analysis/analysis-text.ts';
import { judgedRuns, parityOf } from '../../collate/analysis/parity.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { aParityRun, aRun, failedParity, runsAt } from './run-rows.ts';

const steady = [100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1];
const slow = steady.map((rate) => rate / 2);

/** Two frameworks whose outputs differ, the second half as fast. */
const two = (overrides: Partial<RunRow> = {}) => [
  ...runsAt(steady, { framework: 'a', iteration: 0, temperature: 0, output_sha256: 'x', ...overrides }),
  ...runsAt(slow, { framework: 'b', iteration: 0, temperature: 0, output_sha256: 'y', ...overrides }),
];
const parityOfBoth = (ofB: Partial<RunRow> = {}) => [
  aParityRun({ framework: 'a' }),
  aParityRun({ framework: 'b', ...ofB }),
];

function verdictOf(runs: readonly RunRow[]) {
  const [comparison] = analyze(runs).comparisons;
  return comparison?.measures.find(({ measure }) => measure.column === 'decode_tokens_per_s')?.contenders[0];
}

test('where both passed, they are ranked, whatever the hashes of their outputs say', () => {
  const runs = [...two(), ...parityOfBoth()];
  expect(verdictOf(runs)).toMatchObject({ verdict: 'worse', agreement: 'parity passed' });
  const text = analysisText(analyze(runs));
  expect(text).toContain('Parity with llama.cpp f32 (v0.5.0)');
  expect(text).not.toContain('outputs differ');
  expect(text).not.toContain('no parity run');
});

test('who failed is listed with position and reason, and not ranked', () => {
  const runs = [...two(), ...runsAt(slow, { framework: 'c' }), ...parityOfBoth(failedParity)];
  const analysis = analyze(runs);
  const [comparison] = analysis.comparisons;
  expect(comparison?.reference?.framework).toBe('a');
  expect(comparison?.measures[0]?.contenders.map(({ key }) => key.framework)).toEqual(['c']);
  expect(comparison?.notRanked).toMatchObject([{ key: { framework: 'b' } }]);
  expect(analysisText(analysis)).toContain(
    'b f16 cpu 2 threads is not ranked: parity with llama.cpp f32 (v0.5.0) failed, first divergence at token 7: 2 of 24 answers diverge',
  );
});

test('who failed is named also where only one is left', () => {
  const [comparison] = analyze([...two(), ...parityOfBoth(failedParity)]).comparisons;
  expect(comparison).toMatchObject({ reference: null, measures: [], notRanked: [{ key: { framework: 'b' } }] });
});

test('without a parity run the hashes decide, and it says so', () => {
  expect(verdictOf(two())).toMatchObject({ agreement: 'outputs differ' });
  expect(analysisText(analyze(two()))).toContain(
    'no parity run of a f16 cpu 2 threads, b f16 cpu 2 threads: the hashes of the outputs have to stand in for it',
  );
  const same = two({ output_sha256: 'z' });
  expect(verdictOf([...same, aParityRun({ framework: 'a' })])).toMatchObject({ agreement: 'outputs equal' });
});

test('parity runs are no samples and no groups', () => {
  const analysis = analyze([...two(), ...parityOfBoth()]);
  expect(analysis.groups.map(({ key, runs }) => [key.framework, key.workload, runs])).toEqual([
    ['a', 'qa', 8],
    ['b', 'qa', 8],
  ]);
  expect(analysis.groups[0]?.parity).toMatchObject({ state: 'passed', figures: { parity_kl_mean: 2e-7 } });
});

const run = aRun({ session: 's1', precision: 'float32' });
const judge = (overrides: Partial<RunRow> = {}) => aParityRun({ session: 's1', precision: 'float32', ...overrides });

test.each<[what: string, judges: RunRow[], state: string]>([
  ['its own session passed', [judge()], 'passed'],
  ['its own session failed', [judge(failedParity)], 'failed'],
  [
    'its own session passed, and a later one failed',
    [judge(), judge({ ...failedParity, session: 's2', started_at: '2027-01-01T00:00:00.000Z' })],
    'passed',
  ],
  ['another session passed', [judge({ session: 's2' })], 'passed'],
  [
    'the latest of other sessions failed',
    [
      judge({ session: 's2', started_at: '2027-01-01T00:00:00.000Z', ...failedParity }),
      judge({ session: 's3', started_at: '2026-06-01T00:00:00.000Z' }),
    ],
    'failed',
  ],
  ['there is none', [], 'unchecked'],
  ['another version passed', [judge({ framework_version: '2.0' })], 'unchecked'],
  ['another file passed', [judge({ model_sha256: 'other' })], 'unchecked'],
  ['another host passed', [judge({ hostname: 'other' })], 'unchecked'],
  ['another device passed', [judge({ device: 'cuda' })], 'unchecked'],
  ['another quantisation of the same file passed', [judge({ quantize: 'nf4' })], 'unchecked'],
  ['another precision passed', [judge({ precision: 'bfloat16' })], 'unchecked'],
  ['the compiled model passed', [judge({ compile: true })], 'unchecked'],
  ['it did not complete', [judge({ status: 'failed' })], 'unchecked'],
  ['it has no verdict', [judge({ parity_passed: null })], 'unchecked'],
  ['its log is broken', [judge({ comparable: false })], 'unchecked'],
])('a run whose parity run is this: %s', (_, judges, state) => {
  expect(parityOf(judgedRuns([run], [run, ...judges])).state).toBe(state);
});

test('several runs have passed when each of them has', () => {
  const other = aRun({ ...run, uuid: 'other', session: 's2', framework_version: '2.0' });
  const all = [run, other, judge(), judge({ session: 's2', framework_version: '2.0', ...failedParity })];
  expect(parityOf(judgedRuns([run], all)).state).toBe('passed');
  expect(parityOf(judgedRuns([run, other], all)).state).toBe('failed');
  expect(parityOf(judgedRuns([run, other], all.slice(0, 3))).state).toBe('unchecked');
});

test('settings are named where runs of one framework differ in them, and only there', () => {
  const text = analysisText(
    analyze([
      aRun({ framework: 'a', precision: 'float32', decode_tokens_per_s: 9, device_count: 1 }),
      aRun({ framework: 'a', precision: 'float32', decode_tokens_per_s: 8, device_count: 2 }),
      aRun({ framework: 'b', precision: 'float32', decode_tokens_per_s: 7, device_count: 1 }),
    ]),
  );
  expect(text).toContain('a f16 cpu 2 threads 1 device');
  expect(text).toContain('a f16 cpu 2 threads 2 devices');
  expect(text).toMatch(/b f16 cpu 2 threads {2,}1/);
  expect(text).not.toContain('precision');
});
