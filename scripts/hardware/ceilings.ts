/**
 * The ceilings that a run is held against, chosen from what a hardware benchmark of its host measured. Pure: collate/ and
 * the texts of the benchmark share them.
 */
import type { Measured, Quantity } from './hardware-log-format.ts';

interface Ceiling {
  /** Bytes or operations per second. */
  perSecond: number;
  /** With what it was measured. */
  method: string;
}

export interface BandwidthCeiling extends Ceiling {
  /** 'cache': the working set fits into the last cache, and the memory's bandwidth is no limit to it. */
  level: 'cache' | 'memory';
}

export interface BandwidthQuestion {
  device: string;
  /** Null: as many as there are. */
  threads: number | null;
  /** What is read again and again: the weights of a token and its keys and values. */
  workingSetBytes: number;
  lastCacheBytes: number;
}

/** Reading is what decoding does. Null where nothing was measured on the device. */
export function bandwidthCeiling(measured: readonly Measured[], question: BandwidthQuestion): BandwidthCeiling | null {
  const { device, threads, workingSetBytes, lastCacheBytes } = question;
  if (device !== 'cpu') {
    const best = highest(measured.filter((each) => each.device === device && isTransfer(each.quantity)));
    return best === null ? null : { ...best, level: 'memory' };
  }
  const reads = measured.filter(({ device, quantity }) => device === 'cpu' && quantity === 'read_bandwidth');
  const largest = Math.max(0, ...reads.map((read) => read.workingSetBytes ?? 0));
  const rungs = reads.flatMap((read) => (read.workingSetBytes === null ? [] : [read.workingSetBytes]));
  const fits = workingSetBytes <= lastCacheBytes;
  // The largest rung that is no larger than the working set: reading more can only be slower.
  const rung = Math.max(Math.min(...rungs), ...rungs.filter((bytes) => bytes <= workingSetBytes));
  const atRung = reads.filter(
    (read) => read.workingSetBytes === rung || (rung === largest && read.workingSetBytes === null),
  );
  const ceiling = withThreads(atRung, threads);
  return ceiling === null ? null : { ...ceiling, level: fits ? 'cache' : 'memory' };
}

export interface ArithmeticQuestion {
  device: string;
  threads: number | null;
  /** Of a weight in memory. */
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
    const ceiling = device === 'cpu' ? withThreads(of, threads) : highest(of);
    return ceiling === null ? [] : [{ ...ceiling, numbers }];
  });
  return ceilings.sort((a, b) => b.perSecond - a.perSecond)[0] ?? null;
}

/**
 * Of measurements with one thread and with all: a few threads do at most so many times what one does, and never more than
 * all of them. Two threads that share a core may do less than one: then one is the ceiling of all.
 */
function withThreads(measured: readonly Measured[], threads: number | null): Ceiling | null {
  const one = highest(measured.filter((each) => each.threads === 1));
  const all = highest(measured);
  if (one === null || all === null) return all;
  if (threads === 1) return one;
  const most = Math.max(...measured.map((each) => each.threads ?? 0));
  if (threads === null || threads >= most || threads * one.perSecond >= all.perSecond) return all;
  return { perSecond: threads * one.perSecond, method: `${threads} x one thread: ${one.method}` };
}

function highest(measured: readonly Measured[]): Ceiling | null {
  const best = measured.toSorted((a, b) => b.value - a.value)[0];
  return best === undefined ? null : { perSecond: best.value, method: best.method };
}

function isTransfer(quantity: Quantity): boolean {
  return quantity === 'read_bandwidth' || quantity === 'copy_bandwidth';
}
