/** The statistical summary of everything that was measured: each group by itself, then who is faster than whom. */
import { type Summary, summarize } from '../../scripts/measure/statistics.ts';
import type { RunRow } from '../tables/columns.ts';
import { type CellComparison, compareCell } from './comparison.ts';
import { cellsOf, type Group, type GroupKey, groupRuns } from './groups.ts';
import { type Measure, measuresOf, valuesOf } from './measures.ts';
import { type Outlier, outliersOf } from './outliers.ts';

export interface Analysis {
  runs: number;
  /** Runs that did not complete, by status: they have no place in statistics. */
  leftOut: Record<string, number>;
  groups: GroupSummary[];
  comparisons: CellComparison[];
}

export interface GroupSummary {
  key: GroupKey;
  runs: number;
  measures: Array<{ measure: Measure; summary: Summary; outliers: Outlier[] }>;
}

/** @param reference the framework with which the others are compared; the fastest where undefined */
export function analyze(runs: readonly RunRow[], reference?: string): Analysis {
  const groups = groupRuns(runs);
  return {
    runs: runs.length,
    leftOut: statusesLeftOut(runs),
    groups: groups.map(summarizeGroup),
    comparisons: cellsOf(groups)
      .map((cell) => compareCell(cell, reference))
      .filter((comparison) => comparison !== null),
  };
}

function summarizeGroup({ key, runs }: Group): GroupSummary {
  return {
    key,
    runs: runs.length,
    measures: measuresOf(key.workload).flatMap((measure) => {
      const summary = summarize(valuesOf(runs, measure));
      return summary === null ? [] : [{ measure, summary, outliers: outliersOf(runs, measure) }];
    }),
  };
}

function statusesLeftOut(runs: readonly RunRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of runs) {
    if (status !== 'completed' && status !== null) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
