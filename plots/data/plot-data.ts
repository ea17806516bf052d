/** Everything a chart or a section of the report can look at. Pure data: made once, from tables or in a test. */

import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import type { HardwareRow } from '../../scripts/results/hardware/table.ts';
import type { MemoryRow } from '../../scripts/results/memory-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { SweepRow } from '../../scripts/results/sweeps-table.ts';
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
  /** Figures of the hardware benchmarks of these hosts. */
  readonly hardware: readonly HardwareRow[];
  /** Levels, faults and load cycles of completed resource pool tests. */
  readonly pool: readonly PoolRow[];
  /** Tasks and texts, a row a run and task. */
  readonly accuracy: readonly AccuracyRow[];
  /** Every item of every task, as a run answered it. */
  readonly accuracyItems: readonly AccuracyItemRow[];
  /** What sweeps noted about cells that they did not run. */
  readonly sweeps: readonly SweepRow[];
}

export function plotData(runs: readonly RunRow[], details: Partial<Details> = {}): PlotData {
  const again = madeUpFor(runs);
  return {
    latencies: new Map(),
    enqueueLatencies: new Map(),
    output: defaults.output,
    memory: new Map(),
    parity: [],
    load: [],
    hardware: [],
    pool: [],
    accuracy: [],
    accuracyItems: [],
    sweeps: [],
    ...details,
    runs,
    groups: groupRuns(runs),
    parityGroups: parityGroups(runs),
    kernelRuns: countedRuns(runs).filter((run) => run.workload === 'kernel'),
    loadSeries: loadSeries(details.load ?? [], runs),
    notRun: runs.filter((run) => run.status !== 'completed' && !again.includes(run)),
    madeUpFor: again,
    cellsWithoutRun: cellsWithoutRun(details.sweeps ?? [], runs),
  };
}
