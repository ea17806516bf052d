/**
 * Runs as the series of a dashboard: a cell is what was measured, on which host and with which settings, whatever the version of
 * the framework; it shows the runs of its newest session.
 */
import { createHash } from 'node:crypto';
import { counted } from '../../scripts/command-line/format.ts';
import type { Measurement } from '../../scripts/log/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { sessionName } from '../../scripts/statistics/log-ratio.ts';
import { type Interval, summarize } from '../../scripts/statistics/statistics.ts';
import { countedRuns } from '../analysis/counted-runs.ts';
import { groupBy } from '../analysis/group-by.ts';
import { measurementOf } from '../analysis/measurement.ts';
import { measuresOf, titleOf, valuesOf } from '../analysis/measures.ts';

export interface RunCell {
  /** No two have the same; the same in every export, whatever else is measured, since dashboards know a series by it. */
  name: string;
  id: string;
  newest: RunRow;
  /** Of the newest session, in the order in which they started. */
  runs: readonly RunRow[];
  figures: readonly CellFigure[];
}

export interface CellFigure {
  /** Of runs.csv. */
  column: string;
  title: string;
  unit: string;
  higherIsBetter: boolean;
  /** Median over the runs. */
  value: number;
  runs: number;
  /** 95 % interval of the geometric mean; null below three runs. */
  interval: Interval | null;
}

/** Fields of a measurement that make a cell; versions, builds and kernels of the host go on within it. */
const lasting = ['workload', 'framework.name', 'host.hostname', 'effective.device', 'effective.deviceName'];
const lastingStarts = ['model.', 'questions.', 'requested.', 'effective.settings.'];

function identityOf(run: RunRow): Measurement {
  const fields = Object.entries(measurementOf(run)).filter(
    ([name]) => lasting.includes(name) || lastingStarts.some((start) => name.startsWith(start)),
  );
  return Object.fromEntries(fields);
}

/** 'llama.cpp, SmolLM2-135M q4_0, qa'. */
export function cellName({
  framework_title,
  framework,
  model,
  quantize,
  workload,
  comparable,
  status,
}: RunRow): string {
  const marked = status === 'completed' && comparable === false ? ', not comparable' : '';
  return `${framework_title ?? framework}, ${[model, quantize].filter((word) => word !== null).join(' ')}, ${workload}${marked}`;
}

export function runCells(runs: readonly RunRow[]): RunCell[] {
  const byStart = countedRuns(runs).toSorted((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? -1 : 1));
  return groupBy(byStart, (run) => [JSON.stringify(identityOf(run)), run.comparable]).map(cellOf);
}

function cellOf(runs: readonly [RunRow, ...RunRow[]]): RunCell {
  const newest = runs.at(-1) ?? runs[0];
  const session = sessionOf(newest);
  const ofSession = runs.filter((run) => sessionOf(run) === session);
  const id = createHash('sha256')
    .update(JSON.stringify([identityOf(newest), newest.comparable]))
    .digest('hex')
    .slice(0, 12);
  return {
    name: `${cellName(newest)}, ${placeWords(newest)} (${id})`,
    id,
    newest,
    runs: ofSession,
    figures: figuresOf(ofSession, newest.workload),
  };
}

/** 'cpu, 2 threads, on vm'. */
function placeWords({ device, threads, hostname }: RunRow): string {
  const parts = [device, threads === null ? null : counted(threads, 'threads'), `on ${hostname}`];
  return parts.filter((part) => part !== null).join(', ');
}

/** A run that was started by itself is a session of its own. */
function sessionOf(run: RunRow): string | null {
  return sessionName(run.session, run.sweep) ?? run.uuid;
}

function figuresOf(runs: readonly RunRow[], workload: string | null): CellFigure[] {
  return measuresOf(workload).flatMap((measure) => {
    const summary = summarize(valuesOf(runs, measure));
    if (summary === null) return [];
    return [
      {
        ...titleOf(measure),
        column: measure.column,
        higherIsBetter: measure.better === 'higher',
        value: summary.median,
        runs: summary.count,
        interval: summary.interval,
      },
    ];
  });
}
