/** One comparison as a row of the report: in the figures' own units, with what it would take to say more. */
import { shellLine } from '../../../scripts/command-line/shell-line.ts';
import type { GatePlan } from '../../../scripts/log/gate-plan.ts';
import { ratioOfShift } from '../../../scripts/statistics/exact-shift.ts';
import { median } from '../../../scripts/statistics/statistics.ts';
import {
  familyLevel,
  screeningLevel,
  smallestThatCounts,
  type TwoBuilds,
} from '../../../scripts/statistics/two-stage.ts';
import { runsToFind, smallestFound } from '../../../scripts/statistics/two-stage-power.ts';
import type { GateRow, GateVerdict } from '../gate-report.ts';
import { figuresOf } from './cells.ts';
import type { Judged } from './judged.ts';
import { namesOf } from './metrics.ts';

/** @param suspects of the whole comparison: what is tested again is corrected over all of them */
export function gateRow(judged: Judged, suspects: number, plan: GatePlan): GateRow {
  const { cell, metric, confirmed, screened, noiseFloor } = judged;
  const again = confirmed?.change ?? null;
  const change = again ?? screened.change;
  const figures = figuresOf(again === null ? cell.screen : cell.confirm, metric);
  const level = confirmed?.level ?? familyLevel / Math.max(1, suspects);
  const verdict = verdictOf(judged);
  const seen = verdict === 'unchanged' || change === null ? 0 : Math.abs(change.center);
  const effect = Math.max(seen, Math.log1p(Math.max(smallestThatCounts, noiseFloor)));
  return {
    cell: cell.words,
    metric: metric.column,
    ...namesOf(metric),
    higherIsBetter: metric.higherIsBetter,
    primary: metric.primary,
    verdict,
    ...mediansOf(figures),
    ratio: change === null ? null : ratioOfShift(change, again === null ? screeningLevel : level),
    p: again === null ? null : (confirmed?.p ?? null),
    runs: { base: figures.base.length, head: figures.head.length },
    runsNeeded: change?.deviation == null ? null : runsToFind(effect, change.deviation, level),
    smallestChange: smallestChangeOf(judged, suspects, plan),
    changed: [...cell.changed, ...cell.problems],
    command: shellLine([...plan.command, '--cell', String(cell.number)]),
  };
}

function verdictOf({ screened, confirmed, metric }: Judged): GateVerdict {
  if (screened.kind === 'insufficient') return 'insufficient';
  if (screened.kind === 'unsuspected') return 'unchanged';
  switch (confirmed?.kind) {
    case 'confirmed':
      return confirmed.change !== null && confirmed.change.center > 0 === metric.higherIsBetter
        ? 'improvement'
        : 'regression';
    case 'refuted':
      return 'unchanged';
    default:
      return 'candidate';
  }
}

function mediansOf({ base, head }: TwoBuilds): Pick<GateRow, 'base' | 'head'> {
  const middle = (values: readonly number[]) => (values.length === 0 ? null : median(values));
  return { base: middle(base), head: middle(head) };
}

/**
 * Of a figure that was measured again, what its fresh runs find; of the others, what both stages find, where the second may have
 * its most runs. Never below what the machine differs by itself.
 */
function smallestChangeOf(
  { screened, confirmed, noiseFloor }: Judged,
  suspects: number,
  { mostRuns }: GatePlan,
): number | null {
  const again = confirmed?.change ?? null;
  const change = again ?? screened.change;
  if (change === null || change.deviation === null) return null;
  const runs = Math.min(change.runs.base, change.runs.head);
  const stages =
    again === null
      ? [
          smallestFound(change.deviation, runs, screeningLevel),
          smallestFound(change.deviation, mostRuns, familyLevel / Math.max(1, suspects)),
        ]
      : [smallestFound(change.deviation, runs, confirmed?.level ?? familyLevel)];
  const found = stages.filter((stage) => stage !== null);
  return found.length < stages.length ? null : Math.max(Math.expm1(Math.max(...found)), noiseFloor);
}
