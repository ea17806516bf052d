/** Our own figures of the same log, to stand beside those of other tools. */
import { answerMetrics, runRates, type TimedAnswer } from '../../scripts/results/figures/metrics.ts';
import { mean, median } from '../../scripts/statistics/statistics.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import { gapsNs, type Request } from './recorded.ts';

/** What the figures are made of: a log of ours has it, and the file of another tool may have some of it. */
export interface Timed {
  requests: ReadonlyArray<Pick<Request, 'chunksNs'>>;
  answers: readonly TimedAnswer[];
  kernels: ReadonlyArray<Pick<KernelRecord, 'test' | 'tokens' | 'durationNs'>>;
}

export interface OurFigure {
  name:
    | 'ttft_ms'
    | 'tpot_ms'
    | 'itl_p50_ms'
    | 'e2e_ms'
    | 'decode_tokens_per_s'
    | 'prefill_tokens_per_s'
    | 'e2e_tokens_per_s'
    | 'pp_tokens_per_s'
    | 'tg_tokens_per_s';
  unit: 'ms' | 'tokens/s';
  formula: string;
  /** The value that runs.csv has. */
  of: (timed: Timed) => number | null;
}

export const ourFigures: readonly OurFigure[] = [
  {
    name: 'ttft_ms',
    unit: 'ms',
    formula: 't1 - t0, median over answers',
    of: ({ answers }) => medianOf(answers.map((each) => answerMetrics(each).ttftMs)),
  },
  {
    name: 'tpot_ms',
    unit: 'ms',
    formula: 'sum of (tn - t1) / sum of (n - k), k tokens having come with the first',
    of: ({ answers }) => runRates(answers).tpotMs,
  },
  {
    name: 'itl_p50_ms',
    unit: 'ms',
    formula: 'median of the gaps t(i+1) - t(i) between arrivals',
    of: ({ requests }) => medianOf(requests.flatMap(gapsNs).map((gapNs) => gapNs / 1e6)),
  },
  {
    name: 'e2e_ms',
    unit: 'ms',
    formula: 'tn - t0, median over answers',
    of: ({ answers }) => medianOf(answers.map((each) => answerMetrics(each).e2eMs)),
  },
  {
    name: 'decode_tokens_per_s',
    unit: 'tokens/s',
    formula: 'sum of (n - k) / sum of (tn - t1), k tokens having come with the first',
    of: ({ answers }) => runRates(answers).decodeTokensPerSecond,
  },
  {
    name: 'prefill_tokens_per_s',
    unit: 'tokens/s',
    formula: 'sum of new prompt tokens / sum of prompt evaluation times',
    of: ({ answers }) => runRates(answers).prefillTokensPerSecond,
  },
  {
    name: 'e2e_tokens_per_s',
    unit: 'tokens/s',
    formula: 'sum of n / sum of (tn - t0)',
    of: ({ answers }) => runRates(answers).e2eTokensPerSecond,
  },
  {
    name: 'pp_tokens_per_s',
    unit: 'tokens/s',
    formula: 'mean of n / t over repetitions',
    of: (timed) => kernelMean(timed, 'pp'),
  },
  {
    name: 'tg_tokens_per_s',
    unit: 'tokens/s',
    formula: 'mean of n / t over repetitions',
    of: (timed) => kernelMean(timed, 'tg'),
  },
];

function medianOf(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

function kernelMean({ kernels }: Timed, test: 'pp' | 'tg'): number | null {
  const rates = kernels
    .filter((kernel) => kernel.test === test)
    .map(({ tokens, durationNs }) => (tokens / durationNs) * 1e9);
  return rates.length === 0 ? null : mean(rates);
}
