/** Bytes that a run's decoding moved per second: the decode rate times what each token has to read. */
import {
  meanAttendedPositions,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  weightBytesPerToken,
} from '../../scripts/measure/metrics.ts';
import type { AnswerRecord } from '../../scripts/measure/run-log-format.ts';
import type { Run } from '../logs/run.ts';
import type { RunRow } from './columns/runs.ts';

export function throughputFigures(
  run: Run,
  measured: readonly AnswerRecord[],
  decodeTokensPerSecond: number | null,
): Pick<RunRow, 'param_throughput_gb_s' | 'memory_throughput_gb_s'> {
  if (decodeTokensPerSecond === null) return { param_throughput_gb_s: null, memory_throughput_gb_s: null };
  const weightBytes = weightBytesPerToken(run.header.model, run.effective);
  return {
    param_throughput_gb_s: paramThroughputGbPerSecond(weightBytes, decodeTokensPerSecond),
    memory_throughput_gb_s:
      run.effective === null
        ? null
        : memoryThroughputGbPerSecond(
            weightBytes,
            run.effective.kvBytesPerPosition,
            meanAttendedPositions(measured),
            decodeTokensPerSecond,
          ),
  };
}
