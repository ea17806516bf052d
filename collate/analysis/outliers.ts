/** Runs that stand far from the others of their group, and by more than a negligible effect. They are marked and stay in the data. */

import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { fewestForOutliers, isFarOff, median, modifiedZScores } from '../../scripts/statistics/statistics.ts';
import { smallestEffect } from '../../scripts/statistics/verdict.ts';
import type { Measure } from './measures.ts';

export interface Outlier {
  uuid: string;
  value: number;
  /** Modified z-score over the median absolute deviation. */
  z: number;
}

export function outliersOf(runs: readonly RunRow[], { column }: Pick<Measure, 'column'>): Outlier[] {
  return outliersAmong(runs, (run) => run[column]);
}

/** @param figureOf the figure by which runs are held against each other */
export function outliersAmong(runs: readonly RunRow[], figureOf: (run: RunRow) => number | null): Outlier[] {
  const measured = runs.flatMap((run) => {
    const value = figureOf(run);
    return value === null ? [] : [{ uuid: run.uuid ?? '', value }];
  });
  if (measured.length < fewestForOutliers) return [];
  const values = measured.map(({ value }) => value);
  const scores = modifiedZScores(values);
  const center = median(values);
  return measured
    .map((run, i) => ({ ...run, z: scores[i] ?? 0 }))
    .filter(({ z, value }) => isFarOff(value, z, center, smallestEffect));
}

export function withoutOutliers(runs: readonly RunRow[], measure: Measure): RunRow[] {
  const marked = new Set(outliersOf(runs, measure).map(({ uuid }) => uuid));
  return runs.filter((run) => !marked.has(run.uuid ?? ''));
}
