/** Memory over the time of made-up runs: start, import, load with a short peak, warm-up, work. */

import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import { type MemoryRow, memoryTable } from '../../scripts/results/memory-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { completedRun } from './row-factory.ts';

const nothing: Record<string, null> = Object.fromEntries(memoryTable.columns.map(({ name }) => [name, null]));
if (!isRow(nothing, memoryTable.columns)) throw new Error('a row without figures is a row');
const empty: MemoryRow = nothing;

export interface MemoryShape {
  framework: string;
  seconds: number;
  modelBytes: number;
  loadPeakBytes: number;
  tokenizerBytes?: number;
}

export function memoryRun({ framework, modelBytes, loadPeakBytes, tokenizerBytes }: MemoryShape, seed = 1): RunRow {
  const loaded = 150e6 + modelBytes;
  return completedRun({
    ...{ framework, seed, uuid: `${framework}-${seed}`, framework_rss_bytes: 150e6, import_growth_bytes: 102e6 },
    ...{ loaded_rss_bytes: loaded, model_memory_bytes: modelBytes, load_peak_rss_bytes: loadPeakBytes },
    ...{ warm_rss_bytes: loaded + 20e6, inference_peak_rss_bytes: loaded + 30e6, average_rss_bytes: loaded + 18e6 },
    peak_rss_bytes: Math.max(loadPeakBytes, loaded + 30e6) + seed,
    tokenizer_rss_bytes: tokenizerBytes ?? null,
    peak_with_tokenizer_bytes: Math.max(loadPeakBytes, loaded + 30e6) + (tokenizerBytes ?? 0),
  });
}

export function memoryRowsOf(shape: MemoryShape, run = memoryRun(shape)): MemoryRow[] {
  const { seconds, modelBytes, loadPeakBytes } = shape;
  const loaded = 150e6 + modelBytes;
  const at = (share: number, phase: string, moment: string, bytes: number): MemoryRow => ({
    ...empty,
    ...{ uuid: run.uuid, framework: shape.framework, elapsed_ms: share * seconds * 1000, phase, moment },
    rss_bytes: bytes,
    tokenizer_rss_bytes: share > 0.15 && !moment.endsWith('peak') ? (shape.tokenizerBytes ?? null) : null,
  });
  return [
    at(0.02, 'start', 'baseline', 48e6),
    at(0.06, 'start', 'sample', 110e6),
    at(0.1, 'start', 'framework', 150e6),
    ...[0.14, 0.18, 0.22].map((share) => at(share, 'load', 'sample', 150e6 + modelBytes * (share - 0.1) * 6)),
    at(0.25, 'load', 'loaded', loaded),
    at(0.22, 'load', 'load_peak', loadPeakBytes),
    ...[0.3, 0.4].map((share) => at(share, 'warmup', 'sample', loaded + 20e6 * share)),
    at(0.45, 'warmup', 'warm', loaded + 20e6),
    ...[0.55, 0.65, 0.75, 0.85].map((share) => at(share, 'measured', 'sample', loaded + 25e6 * share)),
    at(1, 'measured', 'end', loaded + 24e6),
    at(0.75, 'measured', 'inference_peak', loaded + 30e6),
  ];
}

export function memoryData(shapes: readonly MemoryShape[]): PlotData {
  const runs = shapes.map((shape) => memoryRun(shape));
  return plotData(runs, { memory: new Map(shapes.map((shape) => [`${shape.framework}-1`, memoryRowsOf(shape)])) });
}

export const memoryShapes: readonly MemoryShape[] = [
  { framework: 'llamacpp', seconds: 6, modelBytes: 160e6, loadPeakBytes: 330e6 },
  { framework: 'pytorch', seconds: 31, modelBytes: 560e6, loadPeakBytes: 1150e6, tokenizerBytes: 173e6 },
  { framework: 'tinygrad', seconds: 48, modelBytes: 420e6, loadPeakBytes: 600e6, tokenizerBytes: 173e6 },
  { framework: 'onnx', seconds: 9, modelBytes: 300e6, loadPeakBytes: 520e6, tokenizerBytes: 173e6 },
];
