/** Runs that stand far from the others of their group. They are marked and stay in the data. */
import { modifiedZScores, outlierThreshold } from '../../scripts/measure/statistics.ts';
import type { RunRow } from '../tables/columns.ts';
import type { Measure } from './measures.ts';

export interface Outlier {
  uuid: string;
  value: number;
  /** Modified z-score over the median absolute deviation. */
  z: number;
}

export function outliersOf(runs: readonly RunRow[], { column }: Measure): Outlier[] {
  const measured = runs.flatMap((run) => {
    const value = run[column];
    return value === null ? [] : [{ uuid: run.uuid ?? '', value }];
  });
  const scores = modifiedZScores(measured.map(({ value }) => value));
  return measured.map((run, i) => ({ ...run, z: scores[i] ?? 0 })).filter(({ z }) => Math.abs(z) > outlierThreshold);
}

export function withoutOutliers(runs: readonly RunRow[], measure: Measure): RunRow[] {
  const marked = new Set(outliersOf(runs, measure).map(({ uuid }) => uuid));
  return runs.filter((run) => !marked.has(run.uuid ?? ''));
}
