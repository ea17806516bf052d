/** Everything a chart or a section of the report can look at. Pure data: made once, from tables or in a test. */
import type { RunRow } from '../../collate/tables/columns.ts';
import { type Group, groupRuns } from './groups.ts';
import type { LatencySketch } from './latency-sketch.ts';

export interface PlotData {
  readonly runs: readonly RunRow[];
  /** Completed runs of the question workload, by host, device, model and weight class. */
  readonly groups: readonly Group[];
  /** Inter-token gaps of the measured answers, by uuid of the run. */
  readonly latencies: ReadonlyMap<string, LatencySketch>;
  /** Completed runs of the kernel workload; they never share a chart with the others. */
  readonly kernelRuns: readonly RunRow[];
  /** Failed, interrupted and killed runs. */
  readonly notRun: readonly RunRow[];
}

export function plotData(runs: readonly RunRow[], latencies: ReadonlyMap<string, LatencySketch>): PlotData {
  return {
    runs,
    groups: groupRuns(runs),
    latencies,
    kernelRuns: runs.filter((run) => run.status === 'completed' && run.workload === 'kernel'),
    notRun: runs.filter((run) => run.status !== 'completed'),
  };
}
