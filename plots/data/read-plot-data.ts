/** From the tables in a folder to what charts and report look at. */
import { readRuns, readTokens, tokenTables } from '../../collate/tables/read.ts';
import { addToSketch, emptySketch, type LatencySketch } from './latency-sketch.ts';
import { type PlotData, plotData } from './plot-data.ts';

/**
 * Tokens are read one by one into a histogram a run, so that memory does not grow with their number.
 * @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken
 */
export async function readPlotData(output: string): Promise<PlotData> {
  const runs = readRuns(output);
  const counted = runs.filter((run) => run.status === 'completed' && run.workload === 'qa');
  const uuids = new Set(counted.map((run) => run.uuid));
  const frameworks = new Set(counted.map((run) => run.framework));
  const latencies = new Map<string, LatencySketch>();
  for (const framework of tokenTables(output)) {
    if (!frameworks.has(framework)) continue;
    for await (const token of readTokens(output, framework)) {
      // The first token's time is prefill; cold and warm-up answers are not part of any statistic.
      if (token.phase !== 'measured' || token.step === 0 || token.total_latency_ms === null) continue;
      if (token.uuid === null || !uuids.has(token.uuid)) continue;
      const sketch = latencies.get(token.uuid) ?? emptySketch();
      addToSketch(sketch, token.total_latency_ms);
      latencies.set(token.uuid, sketch);
    }
  }
  return plotData(runs, latencies);
}
