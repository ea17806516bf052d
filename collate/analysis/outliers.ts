/** Runs that stand far from the others of their group, and by more than a negligible effect. They are marked and stay in the data. */
import { median, modifiedZScores, outlierThreshold } from '../../scripts/measure/statistics.ts';
import { smallestEffect } from '../../scripts/measure/verdict.ts';
import type { RunRow } from '../tables/columns/runs.ts';
import type { Measure } from './measures.ts';

/** The median deviation of fewer runs is chance. */
const fewestRuns = 5;

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
  if (measured.length < fewestRuns) return [];
  const values = measured.map(({ value }) => value);
  const scores = modifiedZScores(values);
  const center = median(values);
  return measured
    .map((run, i) => ({ ...run, z: scores[i] ?? 0 }))
    .filter(({ z, value }) => Math.abs(z) > outlierThreshold && Math.abs(value - center) > smallestEffect * center);
}

export function withoutOutliers(runs: readonly RunRow[], measure: Measure): RunRow[] {
  const marked = new Set(outliersOf(runs, measure).map(({ uuid }) => uuid));
  return runs.filter((run) => !marked.has(run.uuid ?? ''));
}
