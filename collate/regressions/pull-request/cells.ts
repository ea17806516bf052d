/** The runs of two builds, cell by cell and stage by stage, as the tables have them. */
import { group } from 'd3-array';
import { type GatePlan, type GateStage, gateSweepName, type Side } from '../../../scripts/log/gate-plan.ts';
import { differences } from '../../../scripts/log/measurement.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { TwoBuilds } from '../../../scripts/statistics/two-stage.ts';
import { measurementOf } from '../../analysis/measurement.ts';
import type { Metric } from './metrics.ts';

export interface GateCell {
  number: number;
  words: string;
  workload: string | null;
  /** Completed runs. */
  screen: Record<Side, RunRow[]>;
  confirm: Record<Side, RunRow[]>;
  /** Why runs did not complete. */
  problems: string[];
  /** What else differs between the two sides. */
  changed: string[];
}

export function gateCells(plan: GatePlan, runs: readonly RunRow[]): GateCell[] {
  const bySweep = group(runs, ({ sweep }) => sweep);
  return plan.cells.map(({ number, words }) => {
    const all = (side: Side, stage: GateStage) => bySweep.get(gateSweepName(plan, side, stage, number)) ?? [];
    const both = (stage: GateStage) => ({ base: all('base', stage), head: all('head', stage) });
    const [screen, confirm] = [both('screen'), both('confirm')];
    return {
      number,
      words,
      workload: [...screen.base, ...screen.head][0]?.workload ?? null,
      screen: completed(screen),
      confirm: completed(confirm),
      problems: plan.problems.filter(({ cell }) => cell === number).map(({ side, reason }) => `${side} ${reason}`),
      changed: changedBetween(screen),
    };
  });
}

function completed({ base, head }: Record<Side, RunRow[]>): Record<Side, RunRow[]> {
  const ofStatus = (runs: readonly RunRow[]) => runs.filter(({ status }) => status === 'completed');
  return { base: ofStatus(base), head: ofStatus(head) };
}

/** Figures of the metric that can stand in a ratio. */
export function figuresOf(runs: Record<Side, readonly RunRow[]>, { column }: Metric): TwoBuilds {
  const of = (rows: readonly RunRow[]) =>
    rows.flatMap((row) => {
      const value = row[column];
      return value !== null && value > 0 ? [value] : [];
    });
  return { base: of(runs.base), head: of(runs.head) };
}

function changedBetween({ base, head }: Record<Side, RunRow[]>): string[] {
  const [ofBase, ofHead] = [base, head].map((runs) => runs.find(({ status }) => status === 'completed'));
  if (ofBase === undefined || ofHead === undefined) return [];
  const [before, after] = [measurementOf(ofBase), measurementOf(ofHead)];
  const fields = differences(before, after)
    .filter((field) => field !== 'session')
    .map((field) => `${field} ${before[field] ?? 'none'} → ${after[field] ?? 'none'}`);
  const answers = ofBase.output_sha256 === ofHead.output_sha256 ? [] : ['the answers themselves'];
  return [...fields, ...answers];
}
