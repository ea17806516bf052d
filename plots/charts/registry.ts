/** Every chart of the suite, in the order of the report. Adding one is one line here. */
import type { PlotData } from '../data/plot-data.ts';
import { answerChart } from './answer.ts';
import { backendComparison } from './backend-comparison.ts';
import { type Chart, type Drawing, drawingOf } from './chart.ts';
import { comparison } from './comparison.ts';
import { concurrencyLatency, concurrencyThroughput } from './concurrency.ts';
import { deviceComparison } from './device-comparison.ts';
import { enqueueLatency } from './enqueue-latency.ts';
import { memoryThroughput, paramThroughput, summaryStats } from './group-charts.ts';
import { batchScaling, lengthScaling } from './kernel-scaling.ts';
import { arrivalDistribution, latencyDistribution } from './latency-distribution.ts';
import { loadLatency, loadThroughput } from './load.ts';
import { memoryOverTime } from './memory-over-time.ts';
import { operatorTimes } from './operator-times.ts';
import { parity } from './parity.ts';
import { qualityPareto } from './quality-pareto.ts';
import { quantizationImpact } from './quantization-impact.ts';
import { roofline } from './roofline.ts';
import { speedupComparison } from './speedup-comparison.ts';
import { trend } from './trend.ts';

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
  operatorTimes,
  concurrencyThroughput,
  concurrencyLatency,
  deviceComparison,
  loadThroughput,
  loadLatency,
  lengthScaling,
  batchScaling,
  comparison,
  trend,
];

/** What every chart comes to, by its name; null for those that are absent. */
export type Drawings = ReadonlyMap<string, Drawing | null>;

export function drawAll(data: PlotData): Drawings {
  return new Map(charts.map((chart) => [chart.name, drawingOf(chart, data)]));
}
