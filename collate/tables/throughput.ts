/** Bytes that a run's decoding moved per second: the decode rate times what each token has to read. */
import {
  cacheBytesPerToken,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  weightBytesPerToken,
} from '../../scripts/results/figures/metrics.ts';
import type { Run } from '../logs/run.ts';
import type { RunRow } from './columns/runs.ts';
import type { RunSpeed } from './roofline.ts';

export function throughputFigures(
  run: Run,
  { decode }: RunSpeed,
): Pick<RunRow, 'param_throughput_gb_s' | 'memory_throughput_gb_s'> {
  if (decode === null) return { param_throughput_gb_s: null, memory_throughput_gb_s: null };
  const { tokensPerSecond, positions } = decode;
  const weightBytes = weightBytesPerToken(run.header.model, run.effective);
  // A server may tell nothing of its model.
  if (weightBytes === 0) return { param_throughput_gb_s: null, memory_throughput_gb_s: null };
  return {
    param_throughput_gb_s: paramThroughputGbPerSecond(weightBytes, tokensPerSecond),
    memory_throughput_gb_s:
      run.effective === null
        ? null
        : memoryThroughputGbPerSecond(weightBytes, cacheBytesPerToken(run.effective, positions), tokensPerSecond),
  };
}
