/**
 * The memory of a run as functions of its log's records; the summary of a run and collate/ share them. Growths add up:
 * baseline + import growth + model memory = resident after the load.
 */
import type { MemoryRecord } from '../run-log-format.ts';

/** Bytes of the engine's process tree, unless said otherwise; null where the log has no such reading. */
export type MemoryFigures = ReturnType<typeof memoryFigures>;

export function memoryFigures(memory: readonly MemoryRecord[]) {
  const at = (moment: MemoryRecord['moment']) => memory.findLast((record) => record.moment === moment);
  const residentAt = (moment: MemoryRecord['moment']) => at(moment)?.residentBytes ?? null;
  const [baseline, framework, loaded] = [residentAt('baseline'), residentAt('framework'), residentAt('loaded')];
  // A killed run never wrote its peak; the highest sample is a lower bound of it.
  const peak = residentAt('peak') ?? highest(sinceImport(memory).map(({ residentBytes }) => residentBytes));
  const lent = (records: readonly MemoryRecord[]) =>
    highest(records.flatMap(({ tokenizerBytes }) => tokenizerBytes ?? []));
  const tokenizer = lent(sinceLoad(memory)) ?? lent(memory);
  return {
    baselineBytes: baseline,
    frameworkBytes: framework,
    loadedBytes: loaded,
    warmBytes: residentAt('warm'),
    endBytes: residentAt('end'),
    /** Signed: what an import or a load gives back makes it smaller, and may make it negative. */
    importGrowthBytes: growth(baseline, framework),
    /** Growth over the load. */
    modelBytes: growth(framework ?? baseline, loaded),
    importPeakBytes: residentAt('import_peak'),
    loadPeakBytes: residentAt('load_peak'),
    inferencePeakBytes: residentAt('inference_peak'),
    /** From the beginning of the load to the end. */
    peakBytes: peak,
    /** The peak is known between two bounds; null where no high-water mark was read. */
    peakAtMostBytes: at('peak')?.atMostBytes ?? null,
    /** From the end of the load to the end of the work, weighted by time. */
    averageBytes: averageBytes(memory),
    /** The most that the process had which lent the tokenizer, once the model was loaded: its own start is over then. */
    tokenizerBytes: tokenizer,
    peakWithTokenizerBytes: peak === null ? null : peak + (tokenizer ?? 0),
    /** The framework's own figure. */
    deviceBytes: at('loaded')?.deviceBytes ?? highest(memory.flatMap(({ deviceBytes }) => deviceBytes ?? [])),
    meter: memory.findLast(({ meter }) => meter !== undefined)?.meter ?? null,
  };
}

/** Records of load and inference: those before are of the import, whose peak is its own. */
export function sinceImport(memory: readonly MemoryRecord[]): MemoryRecord[] {
  const imported = memory.findIndex(({ moment }) => moment === 'framework');
  return memory.slice(Math.max(0, imported)).filter(({ moment }) => moment !== 'import_peak');
}

function sinceLoad(memory: readonly MemoryRecord[]): readonly MemoryRecord[] {
  const loaded = memory.findLastIndex(({ moment }) => moment === 'loaded');
  return loaded === -1 ? [] : memory.slice(loaded);
}

const readings: ReadonlyArray<MemoryRecord['moment']> = ['loaded', 'sample', 'warm', 'end'];

/** Trapezoids between the readings: they need not be equally far apart. */
function averageBytes(memory: readonly MemoryRecord[]): number | null {
  const points = sinceLoad(memory).filter(({ moment }) => readings.includes(moment));
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined || last.atNs <= first.atNs) return null;
  const area = points.reduce((sum, { atNs, residentBytes }, i) => {
    const before = points[i - 1];
    return before === undefined ? sum : sum + ((before.residentBytes + residentBytes) / 2) * (atNs - before.atNs);
  }, 0);
  return Math.round(area / (last.atNs - first.atNs));
}

function growth(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

function highest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
}
