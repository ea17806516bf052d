/** pp and tg figures as llama-bench makes them: a rate for each repetition, then mean and sample deviation of these. */

import { mean, standardDeviation } from '../../scripts/statistics/statistics.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import type { RunRow } from './columns/runs.ts';

const nsPerSecond = 1e9;

export type KernelFigures = Pick<
  RunRow,
  | 'n_prompt'
  | 'n_gen'
  | 'depth'
  | 'repetitions'
  | 'pp_tokens_per_s'
  | 'pp_stddev_tokens_per_s'
  | 'tg_tokens_per_s'
  | 'tg_stddev_tokens_per_s'
>;

export function kernelFigures(kernels: readonly KernelRecord[]): KernelFigures {
  const pp = testFigures(kernels, 'pp');
  const tg = testFigures(kernels, 'tg');
  return {
    n_prompt: pp?.tokens ?? null,
    n_gen: tg?.tokens ?? null,
    depth: pp?.depth ?? tg?.depth ?? null,
    repetitions: pp === null && tg === null ? null : Math.max(pp?.rates.length ?? 0, tg?.rates.length ?? 0),
    pp_tokens_per_s: pp === null ? null : mean(pp.rates),
    pp_stddev_tokens_per_s: pp === null ? null : standardDeviation(pp.rates),
    tg_tokens_per_s: tg === null ? null : mean(tg.rates),
    tg_stddev_tokens_per_s: tg === null ? null : standardDeviation(tg.rates),
  };
}

/** One run measures one size of each test; repetitions of another size would be another number. */
function testFigures(kernels: readonly KernelRecord[], test: KernelRecord['test']) {
  const measured = kernels.filter((each) => each.test === test && each.phase === 'measured' && each.durationNs > 0);
  const first = measured[0];
  if (first === undefined) return null;
  const same = measured.filter((each) => each.tokens === first.tokens && each.depth === first.depth);
  return {
    tokens: first.tokens,
    depth: first.depth,
    rates: same.map((each) => (each.tokens / each.durationNs) * nsPerSecond),
  };
}
