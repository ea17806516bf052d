/** Everything a chart or a section of the report can look at: made once, from the tables in a folder or in a test. */
import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import type { ComparisonReport } from '../../collate/comparing/comparison.ts';
import { keptComparison } from '../../collate/comparing/comparison-file.ts';
import { readBlessings } from '../../collate/regressions/trend/blessings.ts';
import { readHistories } from '../../collate/regressions/trend/history.ts';
import { type JudgedSeries, judgeSeries } from '../../collate/regressions/trend/judge.ts';
import { frameworksWithTokens, readRowByRow, readTable, readTokens } from '../../collate/tables/read.ts';
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { type ForeignRow, foreignTable } from '../../scripts/results/foreign-table.ts';
import { type MemoryRow, memoryTable } from '../../scripts/results/memory-table.ts';
import { type OperatorRow, operatorsTable } from '../../scripts/results/operators-table.ts';
import { type RunRow, runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { type HardwareRow, hardwareTable, type SweepRow, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { defaults } from '../../scripts/settings/defaults.ts';
import {
  type AccuracyItemRow,
  type AccuracyRow,
  accuracyItemsTable,
  accuracyTable,
} from '../../scripts/workloads/accuracy/tables.ts';
import { type LoadRow, loadTable } from '../../scripts/workloads/load/tables.ts';
import { type ParityRow, parityTable } from '../../scripts/workloads/parity/tables.ts';
import { type PoolRow, poolTable } from '../../scripts/workloads/pool/tables.ts';
import type { TokenRow } from '../../scripts/workloads/questions/tables.ts';
import { cellsWithoutRun, madeUpFor } from './coverage.ts';
import { type Group, groupRuns } from './groups.ts';
import { addToSketch, emptySketch, type LatencySketch } from './latency.ts';
import { type LoadSeries, loadSeries } from './load-series.ts';
import { typicalRuns } from './memory.ts';
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
    groups: groupRuns(runs),
    parityGroups: parityGroups(runs),
    kernelRuns: countedRuns(runs).filter((run) => run.workload === 'kernel'),
    loadSeries: loadSeries(details.load ?? [], runs),
    notRun: runs.filter((run) => run.status !== 'completed' && !again.includes(run)),
    madeUpFor: again,
    cellsWithoutRun: cellsWithoutRun(details.sweeps ?? [], runs),
  };
}

/**
 * Reads the tables in a folder. Texts are printable from here on, in pictures, report and terminal. Tokens are read one by one
 * into histograms of their run, so that memory does not grow with their number.
 * @param onToken is given each token of the frameworks that answered questions, as it is read
 * @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken
 */
export async function readPlotData(output: string, onToken: (token: TokenRow) => void = () => {}): Promise<PlotData> {
  const runs = printableTexts(readTable(output, runsTable));
  const counted = runs.filter((run) => run.status === 'completed' && run.workload === 'qa');
  const uuids = new Set(counted.map((run) => run.uuid));
  const served = new Set(counted.filter((run) => run.device === 'server').map((run) => run.uuid));
  const frameworks = new Set(counted.map((run) => run.framework));
  const latencies = new Map<string, LatencySketch>();
  const enqueueLatencies = new Map<string, LatencySketch>();
  for (const framework of frameworksWithTokens(output)) {
    if (!frameworks.has(framework)) continue;
    for await (const token of readTokens(output, framework)) {
      onToken(token);
      // The first token's time is prefill; cold and warm-up answers are not part of any statistic.
      if (token.phase !== 'measured' || token.step === 0) continue;
      if (token.uuid === null || !uuids.has(token.uuid)) continue;
      // Tokens that came in one piece from a server share an instant: there is no gap between them.
      if (served.has(token.uuid) && token.total_latency_ms === 0) continue;
      add(latencies, token.uuid, token.total_latency_ms);
      add(enqueueLatencies, token.uuid, token.enqueue_latency_ms);
    }
  }
  const completed = new Set(runs.filter((run) => run.status === 'completed').map((run) => run.uuid));
  const read = <Columns extends readonly ColumnFacts[]>(table: Parameters<typeof readTable<Columns>>[1]) =>
    printableTexts(readTable(output, table));
  const data = plotData(runs, {
    output,
    latencies,
    enqueueLatencies,
    operators: read(operatorsTable),
    parity: read(parityTable),
    load: read(loadTable),
    pool: read(poolTable).filter((row) => completed.has(row.uuid)),
    accuracy: read(accuracyTable),
    accuracyItems: read(accuracyItemsTable),
    hardware: read(hardwareTable),
    sweeps: read(sweepsTable),
    comparison: printableTexts(keptComparison(output)),
    foreign: read(foreignTable),
    trend: judgeSeries(await readHistories(output, runs), readBlessings(output)),
  });
  return { ...data, memory: await memoryOf(output, data.groups) };
}

async function memoryOf(output: string, groups: readonly Group[]): Promise<Map<string, MemoryRow[]>> {
  const wanted = new Map(typicalRuns(groups).map((uuid) => [uuid, [] as MemoryRow[]]));
  if (wanted.size === 0) return wanted;
  for await (const row of readRowByRow(output, memoryTable))
    if (row.uuid !== null) wanted.get(row.uuid)?.push(printableTexts(row));
  return wanted;
}

function add(sketches: Map<string, LatencySketch>, uuid: string, durationMs: number | null): void {
  if (durationMs === null) return;
  const sketch = sketches.get(uuid) ?? emptySketch();
  addToSketch(sketch, durationMs);
  sketches.set(uuid, sketch);
}
