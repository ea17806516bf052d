/** Two sides of made runs with a known ratio: noise is lognormal, its seed fixed. */
import { compareSides } from '../../../collate/comparing/compare-sides.ts';
import type { ComparisonReport } from '../../../collate/comparing/comparison.ts';
import type { Condition } from '../../../collate/comparing/filter.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { aRun } from '../run-rows.ts';

export interface MadeSide {
  runs?: number;
  /** Of all rates and times, against a decode rate of 100 tokens/s. */
  speed?: number;
  /** Standard deviation of the logarithms. */
  noise?: number;
  seed?: number;
  /** Of every row. */
  row?: Partial<RunRow>;
  /** Fields of the measurement in place of those that follow from the row. */
  fields?: Readonly<Record<string, string | number | boolean | undefined>>;
}

export function madeRuns({
  runs = 8,
  speed = 1,
  noise = 0.01,
  seed = 1,
  row = {},
  fields = {},
}: MadeSide = {}): RunRow[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: runs }, () => {
    const factor = speed * Math.exp(noise * normal());
    const made = aRun({
      decode_tokens_per_s: 100 * factor,
      prefill_tokens_per_s: 1000 * speed * Math.exp(noise * normal()),
      ttft_ms: (50 / speed) * Math.exp(noise * normal()),
      peak_rss_bytes: 3e8,
      certificate: 'passed',
      ...row,
    });
    const measurement = { ...JSON.parse(made.measurement ?? '{}'), ...fields };
    return { ...made, measurement: JSON.stringify(measurement) };
  });
}

export function comparisonOf(
  base: readonly RunRow[],
  head: readonly RunRow[],
  conditions: { base?: Condition[]; head?: Condition[] } = {},
): ComparisonReport {
  const side = (words: string, rows: readonly RunRow[], of: Condition[] = []) => ({
    words,
    folder: words,
    rows,
    conditions: of,
  });
  const sources = { base: side('before', base, conditions.base), head: side('after', head, conditions.head) };
  return compareSides(sources, ({ column }) => column !== 'tpot_ms' && column !== 'e2e_mean_ms');
}
