/** Series of runs over weeks of which the truth is known: logarithms of rates, in the order of time. */
import { findingsIn } from '../../collate/regressions/trend/findings.ts';
import { scanSeries } from '../../collate/regressions/trend/scan.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';
import { shapes } from './simulated-sessions.ts';

export const noises = {
  normal: shapes.normal,
  'slowdowns (exponential)': shapes.skewed,
  'two speeds': shapes['two speeds'],
  /** One run in 30 is slower by ten deviations. */
  spikes: (random: () => number) => (random() < 1 / 30 ? -10 : 0) + shapes.normal(random),
} as const;
export type SeriesNoise = keyof typeof noises;

export interface Truth {
  points: number;
  /** Standard deviation of the logarithms. */
  sigma: number;
  noise?: SeriesNoise;
  /** How much a run has of the deviation of the run before it. */
  correlation?: number;
  /** Level of the logarithms at a run. */
  level?: (run: number) => number;
}

export function simulatedLogs(
  { points, sigma, noise = 'normal', correlation = 0, level }: Truth,
  random: () => number,
): Float64Array {
  let before = 0;
  return Float64Array.from({ length: points }, (_, run) => {
    before = correlation * before + Math.sqrt(1 - correlation ** 2) * noises[noise](random);
    return sigma * before + (level?.(run) ?? 0);
  });
}

export interface Told {
  kind: 'step' | 'drift';
  at: number;
  change: number;
}

/** What is told of series that are searched together. */
export function toldOf(series: readonly Float64Array[], seed: number): Told[][] {
  const tests = scanSeries(series.map((logs, i) => ({ logs, seed: seed * 1009 + i })));
  return series.map((logs, i) => findingsIn(logs, tests[i] ?? [], { floor: 0 }).filter(({ told }) => told));
}

/** Many times the same, each time with other numbers. */
export function scans<T>(count: number, seed: number, scan: (random: () => number, seed: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => scan(seededRandom(seed + i), seed + i));
}
