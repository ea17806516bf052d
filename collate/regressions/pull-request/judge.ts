/**
 * Judges what ci-benchmark.ts measured of two builds: the first stage screens every metric of every cell, the second judges the
 * suspects among the primary ones. Everything is derived from the tables, so the same runs give the same verdict at any time.
 */
import { roundPercent } from '../../../scripts/command-line/format.ts';
import type { GatePlan } from '../../../scripts/log/gate-plan.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { noiseFloorOf } from '../../../scripts/statistics/noise-floor.ts';
import {
  confirm,
  familyLevel,
  runsToConfirm,
  screen,
  smallestThatCounts,
} from '../../../scripts/statistics/two-stage.ts';
import type { GateReport } from '../gate-report.ts';
import { figuresOf, type GateCell, gateCells } from './cells.ts';
import type { Judged } from './judged.ts';
import { type Metric, metricsOf, namesOf } from './metrics.ts';
import { gateRow } from './row.ts';
import { sentenceOf } from './sentence.ts';

export interface GateJudgement {
  report: GateReport;
  /** Cells that the second stage is to measure, with its runs a side. */
  again: Array<{ cell: number; runs: number }>;
}

/** @param runs all that are in the tables */
export function judge(plan: GatePlan, runs: readonly RunRow[]): GateJudgement {
  const cells = gateCells(plan, runs);
  const judged = judgedIn(cells);
  const suspects = judged.filter(({ confirmed }) => confirmed !== null).length;
  const rows = judged.map((one) => gateRow(one, suspects, plan));
  const host = cells.flatMap(({ screen: { head, base } }) => [...head, ...base])[0];
  return {
    report: {
      question: 'pull request',
      base: plan.builds.base.words,
      head: plan.builds.head.words,
      host: [host?.hostname, host?.device_name].filter((word) => word != null).join(', '),
      floor: floorOf(judged),
      falseAlarms: familyLevel,
      rows,
      sentence: sentenceOf(rows, plan),
    },
    again: runsAgain(judged, plan),
  };
}

function judgedIn(cells: readonly GateCell[]): Judged[] {
  const all = cells.flatMap((cell) => metricsOf(cell.workload).map((metric) => ({ cell, metric })));
  const floors = new Map(all.map(({ metric: { column } }) => [column, noiseIn(all, column)]));
  const screened = all.flatMap(({ cell, metric }) => {
    const figures = figuresOf(cell.screen, metric);
    // What a workload does not have is no comparison; what one side has alone is one that failed.
    if (figures.base.length + figures.head.length === 0 && cell.problems.length === 0) return [];
    const noiseFloor = floors.get(metric.column) ?? 0;
    return [{ cell, metric, noiseFloor, screened: screen(figures, noiseFloor) }];
  });
  const suspects = screened.filter(({ screened: { kind }, metric }) => kind === 'suspect' && metric.primary);
  const confirmed = confirm(
    suspects.map(({ cell, metric }) => figuresOf(cell.confirm, metric)),
    suspects.map(({ noiseFloor }) => noiseFloor),
  );
  const bySuspect = new Map(suspects.map((suspect, i) => [suspect, confirmed[i] ?? null]));
  return screened.map((one) => ({ ...one, confirmed: bySuspect.get(one) ?? null }));
}

/** From the runs of the base alone, within their cells: what two identical builds are expected to differ by here. */
function noiseIn(all: ReadonlyArray<{ cell: GateCell; metric: Metric }>, column: Metric['column']): number {
  const samples = all
    .filter(({ metric }) => metric.column === column)
    .map(({ cell, metric }) =>
      figuresOf(cell.screen, metric).base.map((value) => ({ value, session: null, round: null })),
    );
  return noiseFloorOf(samples)?.share ?? 0;
}

function runsAgain(judged: readonly Judged[], { mostRuns }: GatePlan): GateJudgement['again'] {
  const suspects = judged.filter(({ confirmed }) => confirmed !== null);
  const most = new Map<number, number>();
  for (const { cell, screened } of suspects) {
    if (screened.change === null) continue;
    const runs = runsToConfirm(screened.change, suspects.length, mostRuns);
    most.set(cell.number, Math.max(runs, most.get(cell.number) ?? 0));
  }
  return [...most].map(([cell, runs]) => ({ cell, runs }));
}

/** Every figure has its own: what is said here is the least of them, and how far identical builds are apart. */
function floorOf(judged: readonly Judged[]): GateReport['floor'] {
  const noise = new Map(
    judged.flatMap(({ metric, noiseFloor }) => (metric.primary ? [[namesOf(metric).title, noiseFloor] as const] : [])),
  );
  const words = [...noise].map(([title, share]) => `${title.toLowerCase()} ${roundPercent(share)}`);
  return {
    share: smallestThatCounts,
    words: `or from what identical builds differ by here, where that is more: ${words.join(', ')}`,
  };
}
