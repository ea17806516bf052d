/** Gaps between tokens, read one by one into histograms of their run, so that memory does not grow with their number. */
import { frameworksWithTokens, readTokens } from '../../collate/tables/read.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { TokenRow } from '../../scripts/workloads/questions/tables.ts';
import { addToSketch, emptySketch, type LatencySketch } from './latency.ts';

interface Latencies {
  /** Inter-token gaps of the measured answers, by uuid of the run. */
  readonly latencies: Map<string, LatencySketch>;
  /** How long the same steps took to be handed to the device, where an engine tells. */
  readonly enqueueLatencies: Map<string, LatencySketch>;
}

/**
 * @param runs others are left out
 * @param onToken is given each token of the frameworks that answered questions, as it is read
 * @throws UserError with file and line where a table is broken
 */
export async function readLatencies(
  output: string,
  runs: readonly RunRow[],
  onToken: (token: TokenRow) => void = () => {},
): Promise<Latencies> {
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
  return { latencies, enqueueLatencies };
}

function add(sketches: Map<string, LatencySketch>, uuid: string, durationMs: number | null): void {
  if (durationMs === null) return;
  const sketch = sketches.get(uuid) ?? emptySketch();
  addToSketch(sketch, durationMs);
  sketches.set(uuid, sketch);
}
