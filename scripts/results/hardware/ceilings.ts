/**
 * The ceilings that a run is compared with, chosen from what a hardware benchmark of its host measured. Pure: collate/ and
 * the texts of the benchmark share them.
 */
import type { Measured, Quantity } from '../../log/hardware/hardware-log-format.ts';
import { cachesPerArray, type LastCache } from './last-cache.ts';

interface Ceiling {
  /** Bytes or operations per second. */
  perSecond: number;
  /** With what it was measured. */
  method: string;
}

export interface BandwidthCeiling extends Ceiling {
  /**
   * What was read at that rate, and what bounds a run with it. 'cache': the working set fits into the last cache. 'mixed': it
   * does not, but a good part of what was read did. Null: the size of the cache is not known.
   */
  level: 'cache' | 'mixed' | 'memory' | null;
  workingSetBytes: number | null;
}

export interface BandwidthQuestion {
  device: string;
  /** Threads of the run; a ceiling of other threads is none for it. Null: not known. */
  threads: number | null;
  /** What is read again and again: the weights of a token and its keys and values. */
  workingSetBytes: number;
  /** For so many threads; null: not known. */
  lastCache: LastCache | null;
}

/** No cache of a graphics processor is larger: AMD's MI300X, 256 MiB. Smaller working sets may be in one. */
const largestGraphicsCacheBytes = 256 * 2 ** 20;

/** Reading is what decoding does. Null where nothing was measured on the device, with so many threads. */
export function bandwidthCeiling(measured: readonly Measured[], question: BandwidthQuestion): BandwidthCeiling | null {
  const { device, threads, workingSetBytes, lastCache } = question;
  if (device !== 'cpu') {
    const best = highest(measured.filter((each) => each.device === device && isTransfer(each.quantity)));
    const level = workingSetBytes > largestGraphicsCacheBytes ? 'memory' : null;
    return best === null ? null : { ...best, level, workingSetBytes: null };
  }
  const reads = measured.filter(
    (each) => each.device === 'cpu' && each.quantity === 'read_bandwidth' && each.threads === threads,
  );
  const sizes = reads.flatMap((read) => read.workingSetBytes ?? []);
  // The largest rung that is no larger than the working set: reading more can only be slower.
  const rung = Math.max(Math.min(...sizes), ...sizes.filter((bytes) => bytes <= workingSetBytes));
  // Beyond the caches all rungs read the memory, and whoever reads it fastest is its ceiling.
  const least = Math.min(rung, lastCache === null ? rung : cachesPerArray * lastCache.beyondBytes);
  const ceiling = highest(
    reads.filter(({ workingSetBytes: bytes }) =>
      // Older logs do not say over how much a framework read: more than any rung.
      bytes === null ? rung === Math.max(...sizes) : bytes >= least && bytes <= rung,
    ),
  );
  return ceiling === null
    ? null
    : { ...ceiling, level: levelOf(workingSetBytes, rung, lastCache), workingSetBytes: rung };
}

/** @param readBytes over which the ceiling was measured */
function levelOf(workingSetBytes: number, readBytes: number, cache: LastCache | null): BandwidthCeiling['level'] {
  if (cache === null) return null;
  if (workingSetBytes <= cache.fitsBytes) return 'cache';
  if (workingSetBytes < cache.beyondBytes) return null;
  return readBytes >= cachesPerArray * cache.beyondBytes ? 'memory' : 'mixed';
}

export interface ArithmeticQuestion {
  device: string;
  /** Threads of the run, as for the bandwidth. */
  threads: number | null;
  /** Bits of a weight in memory. */
  bitsPerWeight: number;
}

export interface ArithmeticCeiling extends Ceiling {
  numbers: 'f32' | 'f16' | 'int8';
}

/**
 * The greatest that was measured with numbers in which such weights may be computed: weights of about 8 bits or fewer in
 * 8-bit integers, of 16 bits in F16, all of them in F32.
 */
export function arithmeticCeiling(
  measured: readonly Measured[],
  { device, threads, bitsPerWeight }: ArithmeticQuestion,
): ArithmeticCeiling | null {
  const usable: Array<[ArithmeticCeiling['numbers'], Quantity]> = [
    ['f32', 'f32_arithmetic'],
    ...(bitsPerWeight < 20 ? [['f16', 'f16_arithmetic'] as ['f16', Quantity]] : []),
    ...(bitsPerWeight < 10 ? [['int8', 'int8_arithmetic'] as ['int8', Quantity]] : []),
  ];
  const ceilings = usable.flatMap(([numbers, quantity]) => {
    const of = measured.filter((each) => each.device === device && each.quantity === quantity);
    const ceiling = highest(device === 'cpu' ? of.filter((each) => each.threads === threads) : of);
    return ceiling === null ? [] : [{ ...ceiling, numbers }];
  });
  return ceilings.sort((a, b) => b.perSecond - a.perSecond)[0] ?? null;
}

function highest(measured: readonly Measured[]): Ceiling | null {
  const best = measured.toSorted((a, b) => b.value - a.value)[0];
  return best === undefined ? null : { perSecond: best.value, method: best.method };
}

function isTransfer(quantity: Quantity): boolean {
  return quantity === 'read_bandwidth' || quantity === 'copy_bandwidth';
}

/** The most threads that the processor was measured with; null where it was not. */
export function mostThreads(measured: readonly Measured[]): number | null {
  const counts = measured.flatMap(({ device, threads }) => (device === 'cpu' && threads !== null ? [threads] : []));
  return counts.length === 0 ? null : Math.max(...counts);
}
