/** From the tables in a folder to what charts and report look at. */
import { frameworksWithTokens, readRowByRow, readTable, readTokens } from '../../collate/tables/read.ts';
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { type MemoryRow, memoryTable } from '../../scripts/results/memory-table.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { accuracyItemsTable, accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { parityTable } from '../../scripts/workloads/parity/tables.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import type { Group } from './groups.ts';
import { addToSketch, emptySketch, type LatencySketch } from './latency.ts';
import { typicalRuns } from './memory.ts';
import { type PlotData, plotData } from './plot-data.ts';

/**
 * Texts are printable from here on, in pictures, report and terminal. Tokens are read one by one into histograms of their run, so that memory does not grow with their number.
 * @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken
 */
export async function readPlotData(output: string): Promise<PlotData> {
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
  const data = plotData(runs, {
    output,
    latencies,
    enqueueLatencies,
    parity: printableTexts(readTable(output, parityTable)),
    load: printableTexts(readTable(output, loadTable)),
    pool: printableTexts(readTable(output, poolTable)).filter((row) => completed.has(row.uuid)),
    accuracy: printableTexts(readTable(output, accuracyTable)),
    accuracyItems: printableTexts(readTable(output, accuracyItemsTable)),
    hardware: printableTexts(readTable(output, hardwareTable)),
    sweeps: printableTexts(readTable(output, sweepsTable)),
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
