/** The statistical summary of everything that was measured: each group by itself, then who is faster than whom. */

import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Summary, summarize } from '../../scripts/statistics/statistics.ts';
import { runParityColumns } from '../../scripts/workloads/parity/tables.ts';
import { type CellComparison, compareCell } from './comparison.ts';
import { groupBy } from './group-by.ts';
import { cellsOf, type Group, type GroupKey, groupRuns, pick } from './groups.ts';
import { type Measure, measuresOf, type Outlier, outliersOf, valuesOf } from './measures.ts';
import type { Parity } from './parity.ts';

export interface Analysis {
  runs: number;
  /** Runs that did not complete, by status: they have no place in statistics. */
  leftOut: Record<string, number>;
  groups: GroupSummary[];
  comparisons: CellComparison[];
}

export interface GroupSummary {
  key: GroupKey;
  /** What distinguishes its comparison from others of the same host, model and weight class. */
  condition: string;
  runs: number;
  /** What the parity run found that speaks for this group; null where there is none. */
  parity: { state: Parity['state']; figures: ParityFigures | null };
  measures: Array<{ measure: Measure; summary: Summary; outliers: Outlier[] }>;
}

const parityFigures = ['uuid', 'session', ...runParityColumns.map(({ name }) => name)] as const;
type ParityFigures = Pick<RunRow, (typeof parityFigures)[number]>;

/** @param reference the framework with which the others are compared; the fastest where undefined */
export function analyze(runs: readonly RunRow[], reference?: string): Analysis {
  const cells = cellsOf(groupRuns(runs));
  const asked = reference === undefined ? undefined : ({ key }: Group) => key.framework === reference;
  return {
    runs: runs.length,
    leftOut: statusesLeftOut(runs),
    groups: cells.flatMap(({ condition, groups }) => groups.map((group) => ({ condition, ...summarizeGroup(group) }))),
    comparisons: cells.map((cell) => compareCell(cell, asked)).filter((comparison) => comparison !== null),
  };
}

function summarizeGroup({ key, runs, parity }: Group): Omit<GroupSummary, 'condition'> {
  return {
    key,
    runs: runs.length,
    parity: {
      state: parity.state,
      figures: parity.state === 'unchecked' ? null : pick(parity.by, parityFigures),
    },
    measures: measuresOf(key.workload).flatMap((measure) => {
      const summary = summarize(valuesOf(runs, measure));
      return summary === null ? [] : [{ measure, summary, outliers: outliersOf(runs, measure) }];
    }),
  };
}

function statusesLeftOut(runs: readonly RunRow[]): Record<string, number> {
  const leftOut = runs.filter(({ status }) => status !== 'completed' && status !== null);
  return Object.fromEntries(groupBy(leftOut, ({ status }) => [status]).map((alike) => [alike[0].status, alike.length]));
}
