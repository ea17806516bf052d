/** Memory of a run: its figures for runs.csv, and its series for memory.csv. */
import { memoryFigures } from '../../scripts/log/figures/memory-figures.ts';
import type { MemoryRecord } from '../../scripts/log/run-log-format.ts';
import type { Run } from '../logs/run.ts';
import type { MemoryRow } from './columns/memory.ts';
import type { memoryFigureColumns } from './columns/run-memory.ts';
import type { RunRow } from './columns/runs.ts';

const nsPerMs = 1e6;

export function memoryCells(
  memory: readonly MemoryRecord[],
): Pick<RunRow, (typeof memoryFigureColumns)[number]['name']> {
  const figures = memoryFigures(memory);
  return {
    baseline_rss_bytes: figures.baselineBytes,
    framework_rss_bytes: figures.frameworkBytes,
    loaded_rss_bytes: figures.loadedBytes,
    warm_rss_bytes: figures.warmBytes,
    end_rss_bytes: figures.endBytes,
    import_growth_bytes: figures.importGrowthBytes,
    model_memory_bytes: figures.modelBytes,
    import_peak_rss_bytes: figures.importPeakBytes,
    load_peak_rss_bytes: figures.loadPeakBytes,
    inference_peak_rss_bytes: figures.inferencePeakBytes,
    peak_rss_bytes: figures.peakBytes,
    peak_rss_at_most_bytes: figures.peakAtMostBytes,
    average_rss_bytes: figures.averageBytes,
    tokenizer_rss_bytes: figures.tokenizerBytes,
    peak_with_tokenizer_bytes: figures.peakWithTokenizerBytes,
    device_memory_bytes: figures.deviceBytes,
    memory_meter: figures.meter,
  };
}

export function memoryRows({ header, memory, warmUps }: Run): MemoryRow[] {
  const atNs = (moment: MemoryRecord['moment']) => memory.findLast((record) => record.moment === moment)?.atNs;
  const [imported, loaded] = [atNs('framework') ?? Infinity, atNs('loaded') ?? Infinity];
  return memory.map((record) => ({
    uuid: header.uuid,
    framework: header.framework.name,
    elapsed_ms: record.atNs / nsPerMs,
    moment: record.moment,
    phase: phaseOf(record),
    rss_bytes: record.residentBytes,
    rss_at_most_bytes: record.atMostBytes ?? null,
    anonymous_bytes: record.anonymousBytes ?? null,
    proportional_bytes: record.proportionalBytes ?? null,
    private_bytes: record.uniqueBytes ?? null,
    device_bytes: record.deviceBytes ?? null,
    tokenizer_rss_bytes: record.tokenizerBytes ?? null,
  }));

  function phaseOf({ moment, atNs: at }: MemoryRecord): string {
    // Read right after what they end.
    if (at <= imported || moment === 'import_peak') return 'start';
    if (at <= loaded || moment === 'load_peak') return 'load';
    const warming = warmUps.some(({ startNs, endNs }) => at >= startNs && at <= endNs);
    return warming || moment === 'warm' ? 'warmup' : 'measured';
  }
}
