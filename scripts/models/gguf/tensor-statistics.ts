/** What the numbers of a tensor look like, read in a stream: damage, forgotten tensors and overflow show here. */
import { blockDecoder } from '../quantization/block-decoding.ts';
import { rawPieces, WeightFiles } from '../quantization/weight-conversion.ts';
import type { GgufFile, StoredTensor } from './format.ts';

export interface TensorStatistics {
  name: string;
  type: string;
  elements: number;
  /** Of the finite ones; null for formats that are not decoded. */
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  /** Over all elements: n, not n − 1. */
  deviation: number | null;
  /** From 0 to 1. */
  zeroShare: number | null;
  nan: number;
  infinite: number;
  /** In words; null for a tensor that looks like others. */
  suspicion: string | null;
}

/** Trained weights stay far below; half precision ends at 65504. */
const hugeMagnitude = 1e4;

/** @param progress bytes of tensors that are read, and all */
export async function tensorStatistics(
  file: GgufFile,
  progress: (done: number, total: number) => void,
): Promise<TensorStatistics[]> {
  await using files = new WeightFiles();
  const total = file.tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const statistics: TensorStatistics[] = [];
  let before = 0;
  for (const tensor of file.tensors) {
    statistics.push(await statisticsOf(files, tensor, (done) => progress(before + done, total)));
    before += tensor.bytes;
  }
  return statistics;
}

async function statisticsOf(
  files: WeightFiles,
  tensor: StoredTensor,
  progress: (done: number) => void,
): Promise<TensorStatistics> {
  const { name, type, elements } = tensor;
  const decode = blockDecoder(type);
  if (decode === undefined) {
    const unknown = { minimum: null, maximum: null, mean: null, deviation: null, zeroShare: null };
    return { name, type, elements, ...unknown, nan: 0, infinite: 0, suspicion: null };
  }
  const sums = {
    count: 0,
    sum: 0,
    squares: 0,
    zeros: 0,
    nan: 0,
    infinite: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
  };
  let done = 0;
  for await (const piece of rawPieces(files, tensor)) {
    addTo(sums, decode(piece));
    done += piece.length;
    progress(done);
  }
  const { count, sum, squares, zeros, nan, infinite } = sums;
  const mean = count === 0 ? null : sum / count;
  const deviation = mean === null ? null : Math.sqrt(Math.max(0, squares / count - mean * mean));
  const minimum = count === 0 ? null : sums.minimum;
  const maximum = count === 0 ? null : sums.maximum;
  const found = { name, type, elements, minimum, maximum, mean, deviation, zeroShare: zeros / elements, nan, infinite };
  return { ...found, suspicion: suspicionOf(found) };
}

type Sums = Record<'count' | 'sum' | 'squares' | 'zeros' | 'nan' | 'infinite' | 'minimum' | 'maximum', number>;

function addTo(sums: Sums, values: Float32Array): void {
  let { count, sum, squares, zeros, minimum, maximum } = sums;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Number.isFinite(value)) {
      count++;
      sum += value;
      squares += value * value;
      if (value === 0) zeros++;
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    } else if (Number.isNaN(value)) sums.nan++;
    else sums.infinite++;
  }
  Object.assign(sums, { count, sum, squares, zeros, minimum, maximum });
}

function suspicionOf(found: Omit<TensorStatistics, 'suspicion'>): string | null {
  const { nan, infinite, zeroShare, minimum, maximum, deviation, name, elements } = found;
  if (nan > 0) return `${nan} values are no numbers`;
  if (infinite > 0) return `${infinite} values are infinite`;
  if (zeroShare === 1 && !name.endsWith('.bias')) return 'every value is zero';
  const largest = Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0));
  if (largest > hugeMagnitude) return `values reach ${largest.toPrecision(3)}`;
  if (deviation === 0 && elements > 1 && zeroShare !== 1 && !name.includes('norm')) return 'every value is the same';
  return null;
}
