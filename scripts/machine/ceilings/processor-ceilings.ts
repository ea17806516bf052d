/**
 * What the processor reaches: bandwidth of the main memory and of the caches, decimal bytes per second, and arithmetic. Bytes are
 * counted as STREAM counts them: those that the program reads and writes, not those that the processor fetches before it
 * overwrites them.
 */
import type { Measured } from '../../log/hardware/hardware-log-format.ts';
import { cachesPerArray } from '../../results/hardware/last-cache.ts';
import { type LoopPool, partsOf } from './loop-pool.ts';
import { sampleRate } from './timing.ts';
import { f32OperationsPerTurn, int8OperationsPerTurn } from './wasm/arithmetic-loops.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const smallestArrayBytes = 64 * mebibyte;
/** For unknown caches: large enough to see the bandwidth fall beyond those of most machines. */
const blindArrayBytes = 512 * mebibyte;
/** WebAssembly's memory ends at 4 GiB, and there are three arrays. */
const largestArrayBytes = 1.25 * gibibyte;
/** Gap between the arrays: at distances of powers of two they would share banks of the memory and sets of the caches. */
export const arrayGapBytes = 2 ** 20 + 2 ** 12 + 2 ** 8;
const bandwidthBudgetMs = 350;
const rungBudgetMs = 50;
/** For any working set, a pass touches so many bytes that its start and end do not matter. */
const rungPassBytes = 32 * mebibyte;
const smallestRungBytes = mebibyte / 4;

/**
 * Size of each of the three arrays; below STREAM's rule when memory is short.
 * @param lastCacheBytes null: unknown
 */
export function arrayBytesFor(lastCacheBytes: number | null, memoryBytes: number): number {
  const wanted =
    lastCacheBytes === null ? blindArrayBytes : Math.max(smallestArrayBytes, cachesPerArray * lastCacheBytes);
  const affordable = memoryBytes / 12;
  return Math.floor(Math.min(wanted, affordable, largestArrayBytes) / mebibyte) * mebibyte;
}

export const arraysOfTriad = 3;

/** Size of the memory for so many arrays. */
export function memoryBytesFor(arrayBytes: number, arrays = arraysOfTriad): number {
  return arrays * (arrayBytes + arrayGapBytes);
}

export interface MemoryLoop {
  loop: 'read' | 'copy' | 'bulk_copy' | 'triad';
  argumentsOf: (thread: number) => number[];
  /** Bytes that one pass of all threads reads and writes. */
  bytes: number;
}

/** STREAM's loops over three arrays, each thread on its part of them. */
export function memoryLoops(arrayBytes: number, threads: number): Record<MemoryLoop['loop'], MemoryLoop> {
  const distance = arrayBytes + arrayGapBytes;
  const [a, b, c] = [0, distance, 2 * distance].map((start) => partsOf(start, arrayBytes, threads));
  const bytes = a?.[0]?.bytes ?? 0;
  const at = (parts: typeof a, thread: number) => parts?.[thread]?.start ?? 0;
  const copying = (thread: number) => [at(a, thread), at(b, thread), bytes];
  const moved = bytes * threads;
  return {
    read: { loop: 'read', argumentsOf: (thread) => [at(a, thread), bytes], bytes: moved },
    copy: { loop: 'copy', argumentsOf: copying, bytes: 2 * moved },
    bulk_copy: { loop: 'bulk_copy', argumentsOf: copying, bytes: 2 * moved },
    triad: {
      loop: 'triad',
      argumentsOf: (thread) => [at(a, thread), at(b, thread), at(c, thread), bytes, 3],
      bytes: 3 * moved,
    },
  };
}

/** Measures read, copy and triad over arrays that no cache holds. */
export async function memoryBandwidth(pool: LoopPool, arrayBytes: number, threads: number): Promise<Measured[]> {
  const loops = memoryLoops(arrayBytes, threads);
  const reading = await readBandwidth(pool, arrayBytes, threads);
  const loop = await rateOf(pool, threads, loops.copy);
  const bulk = await rateOf(pool, threads, loops.bulk_copy);
  const triad = await rateOf(pool, threads, loops.triad);
  const of = { device: 'cpu', threads, unit: 'B/s' as const };
  const { method } = pool;
  return [
    ...reading,
    loop.value > bulk.value
      ? { ...of, quantity: 'copy_bandwidth', workingSetBytes: 2 * arrayBytes, method, ...loop }
      : { ...of, quantity: 'copy_bandwidth', workingSetBytes: 2 * arrayBytes, method: "the system's memmove", ...bulk },
    { ...of, quantity: 'triad_bandwidth', workingSetBytes: 3 * arrayBytes, method, ...triad },
  ];
}

/** Measures reading alone, over one array. */
export async function readBandwidth(pool: LoopPool, arrayBytes: number, threads: number): Promise<Measured[]> {
  const read = await rateOf(pool, threads, memoryLoops(arrayBytes, threads).read);
  const of = { device: 'cpu', threads, unit: 'B/s' as const, workingSetBytes: arrayBytes, method: pool.method };
  return [{ ...of, quantity: 'read_bandwidth', ...read }];
}

function rateOf(pool: LoopPool, threads: number, { loop, argumentsOf, bytes }: MemoryLoop) {
  return sampleRate((passes) => pool.run({ loop, threads, argumentsOf, repeats: 1, passes }), bytes, bandwidthBudgetMs);
}

/** Measures repeated reading of working sets that caches may hold: every power of two below the arrays above. */
export async function cacheBandwidth(pool: LoopPool, largestBytes: number, threads: number): Promise<Measured[]> {
  const rungs: Measured[] = [];
  for (const workingSetBytes of rungsBelow(largestBytes)) {
    const parts = partsOf(0, workingSetBytes, threads);
    const bytes = parts[0]?.bytes ?? 0;
    const repeats = Math.max(1, Math.round(rungPassBytes / workingSetBytes));
    const sampled = await sampleRate(
      (passes) =>
        pool.run({
          loop: 'read',
          threads,
          argumentsOf: (thread) => [parts[thread]?.start ?? 0, bytes],
          repeats,
          passes,
        }),
      bytes * threads * repeats,
      rungBudgetMs,
    );
    rungs.push({
      quantity: 'read_bandwidth',
      device: 'cpu',
      threads,
      workingSetBytes,
      unit: 'B/s',
      method: pool.method,
      ...sampled,
    });
  }
  return rungs;
}

function rungsBelow(largestBytes: number): number[] {
  const rungs: number[] = [];
  for (let bytes = smallestRungBytes; bytes < largestBytes; bytes *= 2) rungs.push(bytes);
  return rungs;
}

const turnsPerPass = 1_000_000;
const arithmeticBudgetMs = 200;

/**
 * Peak arithmetic of 128-bit SIMD on registers, operations per second; a multiplication and an addition are two operations.
 */
export async function vectorArithmetic(pool: LoopPool, threads: number): Promise<Measured[]> {
  const rate = (loop: 'f32_arithmetic' | 'int8_arithmetic', values: number[], perTurn: number) =>
    sampleRate(
      (passes) => pool.run({ loop, threads, argumentsOf: () => [turnsPerPass, ...values], repeats: 1, passes }),
      perTurn * turnsPerPass * threads,
      arithmeticBudgetMs,
    );
  const of = { device: 'cpu', threads, workingSetBytes: null, method: pool.method };
  return [
    // Values that stay finite and normal: anything else is slow on some processors.
    {
      ...of,
      quantity: 'f32_arithmetic',
      unit: 'FLOP/s',
      ...(await rate('f32_arithmetic', [0.5, 1], f32OperationsPerTurn)),
    },
    {
      ...of,
      quantity: 'int8_arithmetic',
      unit: 'op/s',
      ...(await rate('int8_arithmetic', [3, 5], int8OperationsPerTurn)),
    },
  ];
}
