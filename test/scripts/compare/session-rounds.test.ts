import { expect, it } from 'vitest';
import { repeatFailed, slowOnes } from '../../../scripts/compare/session-rounds.ts';
import type { CertificateRecord } from '../../../scripts/log/records/certificate-records.ts';
import { type RunSummary, summarizeRun } from '../../../scripts/results/run-summary.ts';
import { runBenchmark } from '../../../scripts/run/run.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { scriptedPlan } from '../../fakes/scripted-run.ts';

const signal = new AbortController().signal;

async function aSummary(): Promise<RunSummary> {
  const plan = scriptedPlan(outputFolder());
  return summarizeRun(await runBenchmark(plan, { stage: () => {}, progress: () => {} }, signal));
}

it('repeats a run while it fails its quality checks, and keeps the first better one', async () => {
  const summary = await aSummary();
  const { certificate } = summary;
  if (certificate === null) throw new Error('a run that measured something has its quality checked');
  const tried: number[] = [];
  const tries = (...statuses: Array<CertificateRecord['status']>) => {
    tried.length = 0;
    return async (attempt: number): Promise<RunSummary> => {
      tried.push(attempt);
      const status = statuses[attempt] ?? 'failed';
      return { ...summary, uuid: `run ${attempt}`, certificate: { ...certificate, status } };
    };
  };
  const uuids = (runs: readonly RunSummary[]) => runs.map(({ uuid }) => uuid);

  const second = await repeatFailed(3, tries('failed', 'passed'), signal);
  expect(tried).toEqual([0, 1]);
  expect([uuids(second.kept), uuids(second.replaced)]).toEqual([['run 1'], ['run 0']]);

  // What others did is not known: a repetition would not tell either.
  const unknown = await repeatFailed(3, tries('unknown'), signal);
  expect(uuids(unknown.kept)).toEqual(['run 0']);

  const never = await repeatFailed(2, tries(), signal);
  expect(tried).toEqual([0, 1, 2]);
  expect([uuids(never.kept), never.replaced]).toEqual([['run 0', 'run 1', 'run 2'], []]);

  const unasked = await repeatFailed(0, tries(), signal);
  expect(uuids(unasked.kept)).toEqual(['run 0']);
});

it('does not repeat what did not complete', async () => {
  const summary = await aSummary();
  const { kept } = await repeatFailed(3, async () => ({ ...summary, status: 'failed', certificate: null }), signal);
  expect(kept).toHaveLength(1);
});

it.each([
  { runs: { a: 3, b: 4, c: 40 }, longest: 14, slow: ['c'] },
  { runs: { a: 3, b: 14, c: 15 }, longest: 14, slow: [] },
  { runs: { a: 3, b: 14, c: 15.1 }, longest: 14, slow: ['c'] },
  { runs: { a: 30, b: 60, c: 151 }, longest: 14, slow: ['c'] },
  { runs: { a: 30, b: 60, c: 150 }, longest: 14, slow: [] },
  { runs: { a: 3, c: 400 }, longest: Number.POSITIVE_INFINITY, slow: [] },
  { runs: {}, longest: 14, slow: [] },
])('runs of $runs s where $longest s is long: too slow is $slow', ({ runs, longest, slow }) => {
  expect(slowOnes(new Map(Object.entries(runs)), longest).map(([name]) => name)).toEqual(slow);
});
