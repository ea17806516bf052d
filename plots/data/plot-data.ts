/** Everything a chart or a section of the report can look at: made once, from the tables in a folder (read-plot-data.ts) or in a test. */
import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import { frameworkTitles } from '../../collate/analysis/framework-title.ts';
import type { ComparisonReport } from '../../collate/comparing/comparison.ts';
import type { JudgedSeries } from '../../collate/regressions/trend/judge.ts';
import type { ForeignRow } from '../../scripts/results/foreign-table.ts';
import type { MemoryRow } from '../../scripts/results/memory-table.ts';
import type { OperatorRow } from '../../scripts/results/operators-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow, SweepRow } from '../../scripts/results/tables-made-anew.ts';
import { defaults } from '../../scripts/settings/defaults.ts';
import type { AccuracyItemRow, AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';
import type { LoadRow } from '../../scripts/workloads/load/tables.ts';
import type { ParityRow } from '../../scripts/workloads/parity/tables.ts';
import type { PoolRow } from '../../scripts/workloads/pool/tables.ts';
import { cellsWithoutRun, madeUpFor } from './coverage.ts';
import { type Group, groupRuns } from './groups.ts';
import type { LatencySketch } from './latency.ts';
import { type LoadSeries, loadSeries } from './load-series.ts';
import { parityGroups } from './parity.ts';

export interface PlotData extends Details {
  readonly runs: readonly RunRow[];
  /** A framework as its makers write it, for rows that have its name alone. */
  readonly titleOf: (framework: string | null) => string;
  /** Completed runs of the question workload, by host, device, model and weight class. */
  readonly groups: readonly Group[];
  /** What the parity runs found, a run a member; they are in no chart of speed. */
  readonly parityGroups: readonly Group[];
  /** Completed runs of the kernel workload; they never share a chart with the others. */
  readonly kernelRuns: readonly RunRow[];
  /** Load tests, by server and kind of arrivals; they are in no other chart. */
  readonly loadSeries: readonly LoadSeries[];
  /** Failed, interrupted and killed runs, but for those of a sweep whose cell was completed by another run. */
  readonly notRun: readonly RunRow[];
  /** Runs of sweeps that did not complete, and were made up for by another one. */
  readonly madeUpFor: readonly RunRow[];
  /** Cells of sweeps of which no run was begun. */
  readonly cellsWithoutRun: readonly SweepRow[];
}

interface Details {
  /** The folder of results, as typed. */
  readonly output: string;
  /** Inter-token gaps of the measured answers, by uuid of the run. */
  readonly latencies: ReadonlyMap<string, LatencySketch>;
  /** How long the same steps took to be handed to the device, where an engine tells. */
  readonly enqueueLatencies: ReadonlyMap<string, LatencySketch>;
  /** Readings of memory over time, by uuid of the run, of the runs that a chart may show. */
  readonly memory: ReadonlyMap<string, readonly MemoryRow[]>;
  /** Questions of the parity runs. */
  readonly parity: readonly ParityRow[];
  /** Stages of the load tests. */
  readonly load: readonly LoadRow[];
  /** Operators of runs that timed them. */
  readonly operators: readonly OperatorRow[];
  /** Figures of the hardware benchmarks of these hosts. */
  readonly hardware: readonly HardwareRow[];
  /** Levels, faults and load cycles of completed resource pool tests. */
  readonly pool: readonly PoolRow[];
  /** Tasks and texts, a row a run and task. */
  readonly accuracy: readonly AccuracyRow[];
  /** Every item of every task, as a run answered it. */
  readonly accuracyItems: readonly AccuracyItemRow[];
  /** The comparison of two sides that somebody kept in this folder; null without one. */
  readonly comparison: ComparisonReport | null;
  /** Every measurement over time, judged. */
  readonly trend: readonly JudgedSeries[];
  /** What sweeps noted about cells that they did not run. */
  readonly sweeps: readonly SweepRow[];
  /** Metrics of imported files of other tools: for their own section, and for nothing else. */
  readonly foreign: readonly ForeignRow[];
}

export function plotData(runs: readonly RunRow[], details: Partial<Details> = {}): PlotData {
  const again = madeUpFor(runs);
  return {
    latencies: new Map(),
    enqueueLatencies: new Map(),
    output: defaults.output,
    memory: new Map(),
    operators: [],
    parity: [],
    load: [],
    hardware: [],
    pool: [],
    accuracy: [],
    accuracyItems: [],
    sweeps: [],
    comparison: null,
    foreign: [],
    trend: [],
    ...details,
    runs,
    titleOf: frameworkTitles(runs),
    groups: groupRuns(runs),
    parityGroups: parityGroups(runs),
    kernelRuns: countedRuns(runs).filter((run) => run.workload === 'kernel'),
    loadSeries: loadSeries(details.load ?? [], runs),
    notRun: runs.filter((run) => run.status !== 'completed' && !again.includes(run)),
    madeUpFor: again,
    cellsWithoutRun: cellsWithoutRun(details.sweeps ?? [], runs),
  };
}
