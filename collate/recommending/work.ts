/**
 * What an evaluation has to read and to compute: the weights as they lie in memory, by their format, and the keys and values. Of a
 * run from its own figures; of a model that was not run from the tensors of its shape, and from how the framework kept others.
 */
import type { CostOfWeights, ModelCost } from '../../scripts/results/model-costs.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

interface Weights {
  /** A format of tensors, or what the framework converted them to. */
  format: string;
  /** False for the matrix that makes the logits: a prompt needs it once. */
  inLayers: boolean;
  /** That one token is multiplied with. */
  parameters: number;
  bytes: number;
}

export interface Work {
  layers: number;
  embedding: number;
  vocabulary: number;
  weights: readonly Weights[];
  /** All weights in memory, by format, tables included. */
  resident: ReadonlyArray<Pick<Weights, 'format' | 'bytes'>>;
  /** Of the file, where the framework converted the weights: it may stay mapped beside them. */
  fileBytes: number | null;
  kvElementsPerPosition: number;
  kvBytesPerElement: number;
}

/** How a framework keeps a format in memory, as its runs show. Null: as it lies in the file. */
export type Residency = { format: string; bitsPerWeight: number; bytesPerTableElement: number } | null;

/** Weights and decode rate of a run: `qa` and `kernel` name it differently. */
export function decodeRateOf(run: RunRow): number | null {
  return run.workload === 'kernel' ? run.tg_tokens_per_s : run.decode_tokens_per_s;
}

/** Null where the run says nothing of its bytes. */
export function weightBytesOf(run: RunRow): number | null {
  const rate = decodeRateOf(run);
  const throughput = run.param_throughput_gb_s;
  return rate === null || throughput === null || rate <= 0 ? null : (throughput * 1e9) / rate;
}

/** Bytes of keys and values that a decoded token read on average. */
export function cacheBytesOf(run: RunRow): number {
  const rate = decodeRateOf(run);
  const [all, weights] = [run.memory_throughput_gb_s, run.param_throughput_gb_s];
  return rate === null || all === null || weights === null ? 0 : Math.max(0, ((all - weights) * 1e9) / rate);
}

export function residencyOf(run: RunRow, cost: ModelCost | undefined): Residency {
  const bytes = weightBytesOf(run);
  const { resident_format: format, resident_bits_per_weight: bits, parameters, active_parameters: active } = run;
  if (format === null || bits === null || parameters === null || active === null || bytes === null) return null;
  const bitsPerWeight = (8 * bytes) / active;
  if (cost === undefined) return { format: shortName(format), bitsPerWeight, bytesPerTableElement: 0 };
  const beside = (bits * parameters - bitsPerWeight * multiplied(cost)) / 8;
  const perElement = beside / Math.max(1, cost.vocabulary * cost.embedding);
  return { format: shortName(format), bitsPerWeight, bytesPerTableElement: Math.max(0, Math.min(4, perElement)) };
}

/** Plain numbers are the same whatever a framework calls them. */
const shortNames: Readonly<Record<string, string>> = { float32: 'f32', float16: 'f16', bfloat16: 'bf16' };

function shortName(format: string): string {
  return shortNames[format] ?? format;
}

/** Weights that are multiplied with, all experts of them: all but the tables. */
function multiplied({ formats }: ModelCost): number {
  const weights = formats[0]?.weights.filter(({ part }) => part !== 'table') ?? [];
  return sumOf(weights, ({ parameters }) => parameters);
}

export function workOfRun(run: RunRow, cost: ModelCost | undefined, layers: number): Work | null {
  const bytes = weightBytesOf(run);
  const active = run.active_parameters;
  if (bytes === null || active === null) return null;
  const residency = residencyOf(run, cost);
  const format = run.quantize ?? 'unknown';
  const facts = {
    layers,
    embedding: cost?.embedding ?? 0,
    vocabulary: cost?.vocabulary ?? 0,
    kvElementsPerPosition: cost?.kvElementsPerPosition ?? 0,
    kvBytesPerElement: kvBytes(run.kv_type),
  };
  if (residency !== null) {
    const total = ((run.resident_bits_per_weight ?? 0) * (run.parameters ?? 0)) / 8;
    const resident = [{ format: residency.format, bytes: total }];
    return { ...facts, ...convertedWeights(cost, active, residency), resident, fileBytes: run.model_bytes };
  }
  const known = cost?.formats.find(({ quantize }) => quantize === run.quantize)?.weights;
  if (known === undefined) {
    const weights = [{ format, inLayers: true, parameters: active, bytes }];
    return { ...facts, weights, resident: [{ format, bytes: run.model_bytes ?? bytes }], fileBytes: null };
  }
  // A real file may have other formats in some tensors: its own sum decides.
  const share =
    bytes /
    Math.max(
      1,
      sumOf(known, ({ activeBytes }) => activeBytes),
    );
  return { ...facts, ...weightsAsInFile(known, share), fileBytes: null };
}

/** Null where the bytes of this format are not known. */
export function workOfModel(
  cost: ModelCost,
  quantize: string,
  { residency, kvType }: { residency: Residency; kvType: string | null },
): Work | null {
  const { layers, embedding, vocabulary, kvElementsPerPosition } = cost;
  const facts = { layers, embedding, vocabulary, kvElementsPerPosition, kvBytesPerElement: kvBytes(kvType) };
  const known = cost.formats.find((each) => each.quantize === quantize)?.weights;
  if (residency !== null) {
    const { format, bitsPerWeight, bytesPerTableElement } = residency;
    const bytes = (multiplied(cost) * bitsPerWeight) / 8 + vocabulary * embedding * bytesPerTableElement;
    const fileBytes = known === undefined ? null : sumOf(known, (each) => each.bytes);
    const resident = [{ format, bytes }];
    return { ...facts, ...convertedWeights(cost, cost.activeParameters, residency), resident, fileBytes };
  }
  return known === undefined ? null : { ...facts, ...weightsAsInFile(known, 1), fileBytes: null };
}

function convertedWeights(
  cost: ModelCost | undefined,
  active: number,
  { format, bitsPerWeight }: NonNullable<Residency>,
): Pick<Work, 'weights'> {
  const parts = cost?.formats[0]?.weights ?? [];
  const output = sumOf(
    parts.filter(({ part }) => part === 'output'),
    ({ activeParameters }) => activeParameters,
  );
  const weights = [
    { format, inLayers: true, parameters: active - output, bytes: ((active - output) * bitsPerWeight) / 8 },
    { format, inLayers: false, parameters: output, bytes: (output * bitsPerWeight) / 8 },
  ];
  return { weights: weights.filter(({ parameters }) => parameters > 0) };
}

function weightsAsInFile(known: readonly CostOfWeights[], share: number): Pick<Work, 'weights' | 'resident'> {
  return {
    weights: known
      .filter(({ activeParameters }) => activeParameters > 0)
      .map(({ part, format, activeParameters, activeBytes }) => ({
        ...{ format, inLayers: part === 'layers', parameters: activeParameters, bytes: activeBytes * share },
      })),
    resident: known.map(({ format, bytes }) => ({ format, bytes: bytes * share })),
  };
}

const kvTypes: Readonly<Record<string, number>> = { f32: 4, float32: 4, q8_0: 34 / 32, q4_0: 18 / 32 };

function kvBytes(kvType: string | null): number {
  return kvTypes[kvType ?? ''] ?? 2;
}

function sumOf(weights: readonly CostOfWeights[], of: (weights: CostOfWeights) => number): number {
  return weights.reduce((total, each) => total + of(each), 0);
}

export function bytesRead({ weights }: Pick<Work, 'weights'>): number {
  return weights.reduce((total, { bytes }) => total + bytes, 0);
}
