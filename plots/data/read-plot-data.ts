/** From the tables in a folder to what charts and report look at. */
import type { MemoryRow } from '../../collate/tables/columns/memory.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';
import {
  readAccuracy,
  readAccuracyItems,
  readHardware,
  readLoad,
  readMemory,
  readParity,
  readPool,
  readRuns,
  readSweeps,
  readTokens,
  tokenTables,
} from '../../collate/tables/read.ts';
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { groupRuns } from './groups.ts';
import { addToSketch, emptySketch, type LatencySketch } from './latency-sketch.ts';
import { typicalRuns } from './memory-series.ts';
import { type PlotData, plotData } from './plot-data.ts';

/**
 * Texts are printable from here on, in pictures, report and terminal. Tokens are read one by one into histograms of their run, so that memory does not grow with their number.
 * @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken
 */
export async function readPlotData(output: string): Promise<PlotData> {
  const runs = printableTexts(readRuns(output));
  const counted = runs.filter((run) => run.status === 'completed' && run.workload === 'qa');
  const uuids = new Set(counted.map((run) => run.uuid));
  const served = new Set(counted.filter((run) => run.device === 'server').map((run) => run.uuid));
  const frameworks = new Set(counted.map((run) => run.framework));
  const latencies = new Map<string, LatencySketch>();
  const enqueueLatencies = new Map<string, LatencySketch>();
  for (const framework of tokenTables(output)) {
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
  return plotData(runs, {
    output,
    latencies,
    enqueueLatencies,
    memory: await memoryOf(output, runs),
    parity: printableTexts(readParity(output)),
    load: printableTexts(readLoad(output)),
    pool: printableTexts(readPool(output)).filter((row) => completed.has(row.uuid)),
    accuracy: printableTexts(readAccuracy(output)),
    accuracyItems: printableTexts(readAccuracyItems(output)),
    hardware: printableTexts(readHardware(output)),
    sweeps: printableTexts(readSweeps(output)),
  });
}

async function memoryOf(output: string, runs: readonly RunRow[]): Promise<Map<string, MemoryRow[]>> {
  const wanted = new Map(typicalRuns(groupRuns(runs)).map((uuid) => [uuid, [] as MemoryRow[]]));
  if (wanted.size === 0) return wanted;
  for await (const row of readMemory(output)) if (row.uuid !== null) wanted.get(row.uuid)?.push(printableTexts(row));
  return wanted;
}

function add(sketches: Map<string, LatencySketch>, uuid: string, durationMs: number | null): void {
  if (durationMs === null) return;
  const sketch = sketches.get(uuid) ?? emptySketch();
  addToSketch(sketch, durationMs);
  sketches.set(uuid, sketch);
}
