/** Every chart of the suite, in the order of the report. Adding one is one line here. */
import { answerChart } from './answer.ts';
import { backendComparison } from './backend-comparison.ts';
import { batchScaling } from './batch-scaling.ts';
import type { Chart } from './chart.ts';
import { concurrencyLatency } from './concurrency-latency.ts';
import { concurrencyThroughput } from './concurrency-throughput.ts';
import { deviceComparison } from './device-comparison.ts';
import { enqueueLatency } from './enqueue-latency.ts';
import { arrivalDistribution, latencyDistribution } from './latency-distribution.ts';
import { lengthScaling } from './length-scaling.ts';
import { loadLatency } from './load-latency.ts';
import { loadThroughput } from './load-throughput.ts';
import { memoryOverTime } from './memory-over-time.ts';
import { memoryThroughput } from './memory-throughput.ts';
import { paramThroughput } from './param-throughput.ts';
import { parity } from './parity.ts';
import { qualityPareto } from './quality-pareto.ts';
import { quantizationImpact } from './quantization-impact.ts';
import { roofline } from './roofline.ts';
import { speedupComparison } from './speedup-comparison.ts';
import { summaryStats } from './summary-stats.ts';

export const charts: readonly Chart[] = [
  answerChart,
  parity,
  backendComparison,
  speedupComparison,
  summaryStats,
  quantizationImpact,
  qualityPareto,
  latencyDistribution,
  arrivalDistribution,
  enqueueLatency,
  memoryOverTime,
  memoryThroughput,
  paramThroughput,
  roofline,
  concurrencyThroughput,
  concurrencyLatency,
  deviceComparison,
  loadThroughput,
  loadLatency,
  lengthScaling,
  batchScaling,
];
