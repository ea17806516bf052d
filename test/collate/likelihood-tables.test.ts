import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { type LikelihoodLogShape, likelihoodLog } from './likelihood-log.ts';
import { outputFolder } from './output-folder.ts';

async function collated(shape: LikelihoodLogShape = {}) {
  const output = outputFolder();
  output.log(likelihoodLog(shape));
  const summary = await collateAll({ output: output.path });
  const [run] = readTable(output.path, runsTable);
  return { run, rows: readTable(output.path, accuracyTable), summary };
}

test('a scored text is a row of accuracy.csv with all that was found', async () => {
  const { run, rows, summary } = await collated();
  expect(summary.problems).toEqual([]);
  expect(run).toMatchObject({ workload: 'perplexity', status: 'completed', comparable: true });
  expect(rows).toHaveLength(1);
  const [row] = rows;
  expect(row).toMatchObject({
    measure: 'likelihood',
    complete: true,
    task: null,
    text: 'book.txt',
    text_sha256: 'ab'.repeat(32),
    chunks: 2,
    chunk_tokens: 16,
    scored_tokens: 14,
    reference: 'llamacpp:f32',
    reference_model_sha256: 'ef'.repeat(32),
    is_reference: false,
    reference_perplexity: expect.closeTo(2, 9),
    kl_median: expect.closeTo(0.2, 9),
    kl_max: 0.3,
    kl_p99: null,
    top1_agreement: 0.5,
    seconds: 1,
    scored_tokens_per_s: 32,
  });
  // Seven tokens of probability 1/2 and seven of 1/4.
  expect(row?.perplexity).toBeCloseTo(2 ** 1.5, 9);
  expect(row?.perplexity_ratio).toBeCloseTo(2 ** 0.5, 9);
  expect(row?.kl_mean).toBeCloseTo(0.2, 9);
  expect(row?.kl_error).toBeCloseTo(0.1 / Math.sqrt(13), 9);
  expect(row?.p_shift_mean).toBeCloseTo(-0.125, 9);
  expect(row?.p_shift_rms).toBeCloseTo(0.25 / Math.SQRT2, 9);
});

test('a run without a reference has its perplexity, and nothing compared', async () => {
  const { rows, summary } = await collated({ compared: false });
  expect(summary.problems).toEqual([]);
  expect(rows).toMatchObject([{ perplexity: expect.closeTo(2 ** 1.5, 9), reference: null, kl_mean: null }]);
});

test('a run that was killed says how far it got', async () => {
  const { run, rows } = await collated({ chunks: 1, result: null, end: null });
  expect(run?.status).toBe('killed');
  // Four of 1/2 and three of 1/4.
  expect(rows).toMatchObject([
    { status: 'killed', complete: false, chunks: 1, scored_tokens: 7, kl_mean: null, seconds: null },
  ]);
  expect(rows[0]?.perplexity).toBeCloseTo(2 ** (10 / 7), 9);
});

test.each<[string, LikelihoodLogShape, RegExp]>([
  ['more chunks than the text has', { text: { tokens: 30 } }, /2 chunks of 16 tokens in a text of 30/],
  ['another share of each chunk', { text: { scoredPerChunk: 8 } }, /8 of 16 tokens are scored, not 7/],
  ['a chunk of no text', { text: null }, /chunk 0 belongs to no text/],
  ['a chunk out of order', { chunk: { chunk: 5 } }, /chunk 5 stands behind 1 others/],
  ['instants that go back', { chunk: { startNs: 1 } }, /chunk 1 has instants that do not ascend/],
  [
    'a probability above 1',
    { chunk: { nll: { sum: -1, squares: 1 } } },
    /has a negative log-likelihood of -1, below 0/,
  ],
  ['a running perplexity of its own', { chunk: { perplexity: 9 } }, /a perplexity of 9, but its sums give 2\.82/],
  ['a result of fewer chunks', { chunks: 1 }, /2 chunks, of 2, and 1 of them/],
  ['another number of tokens', { result: { tokens: 13 } }, /13 scored tokens, but the chunks have 14/],
  [
    'another perplexity',
    { result: { perplexity: { value: 3, error: 0 } } },
    /perplexity: 3, but the chunks give 2\.82/,
  ],
  ['no result', { result: null }, /a completed perplexity run without a result/],
  ['a divergence from nothing', { reference: false }, /a divergence without a reference/],
  ['another workload', { header: { workload: 'qa' } }, /a line of text in a run of the workload qa/],
])('a log with %s breaks an invariant', async (_, shape, reason) => {
  const { run, summary } = await collated(shape);
  expect(run?.comparable).toBe(false);
  expect(summary.problems.map((problem) => problem.reason).join('\n')).toMatch(reason);
});

test.each([
  ['far below zero', { klMin: -0.01 }, /has a KL divergence of -0\.01, below 0/],
  ['larger in the mean than at most', { klMax: 0.15 }, /has a mean KL divergence of 0\.2\d* outside of 0\.1 to 0\.15/],
])('a KL divergence %s breaks an invariant', async (_, change, reason) => {
  const { records = [] } = likelihoodLog();
  const last = records.findLast((record) => record.type === 'likelihood_chunk');
  if (last?.type !== 'likelihood_chunk' || last.divergence === null) throw new Error('it is compared');
  const { summary } = await collated({ chunk: { divergence: { ...last.divergence, ...change } } });
  expect(summary.problems.map((problem) => problem.reason).join('\n')).toMatch(reason);
});

test('a KL divergence just below zero is the rounding of the stored reference', async () => {
  const { records = [] } = likelihoodLog();
  const last = records.findLast((record) => record.type === 'likelihood_chunk');
  if (last?.type !== 'likelihood_chunk' || last.divergence === null) throw new Error('it is compared');
  const { summary } = await collated({ chunk: { divergence: { ...last.divergence, klMin: -1e-4 } } });
  expect(summary.problems).toEqual([]);
});
