/**
 * Bandwidth of the main memory and of the caches, decimal bytes per second. Counted as STREAM counts: bytes that the
 * program reads and writes, not those that the processor fetches before it overwrites them.
 */

import type { Measured } from '../log/hardware/hardware-log-format.ts';
import { cachesPerArray } from '../results/hardware/last-cache.ts';
import { type KernelPool, partsOf } from './kernel-pool.ts';
import { sampleRate } from './sampling.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const smallestArrayBytes = 64 * mebibyte;
/** Where the caches are not known: large enough to see the bandwidth fall behind those of most machines. */
const blindArrayBytes = 512 * mebibyte;
/** WebAssembly's memory ends at 4 GiB, and there are three arrays. */
const largestArrayBytes = 1.25 * gibibyte;
/** Between the arrays: at distances of powers of two they share banks of the memory and sets of the caches. */
export const arrayGapBytes = 2 ** 20 + 2 ** 12 + 2 ** 8;
const bandwidthBudgetMs = 350;
const rungBudgetMs = 50;
/** Whatever the working set, a pass touches so much that its start and end do not count. */
const rungPassBytes = 32 * mebibyte;
const smallestRungBytes = mebibyte / 4;

/**
 * Of each of the three arrays; smaller than STREAM's rule wants where the memory is.
 * @param lastCacheBytes null: not known
 */
export function arrayBytesFor(lastCacheBytes: number | null, memoryBytes: number): number {
  const wanted =
    lastCacheBytes === null ? blindArrayBytes : Math.max(smallestArrayBytes, cachesPerArray * lastCacheBytes);
  const affordable = memoryBytes / 12;
  return Math.floor(Math.min(wanted, affordable, largestArrayBytes) / mebibyte) * mebibyte;
}

/** Of the memory that the three arrays take. */
export function memoryBytesFor(arrayBytes: number): number {
  return 3 * (arrayBytes + arrayGapBytes);
}

export interface MemoryLoop {
  kernel: 'read' | 'copy' | 'bulk_copy' | 'triad';
  argumentsOf: (thread: number) => number[];
  /** That one pass of all threads reads and writes. */
  bytes: number;
}

/** STREAM's loops over three arrays, each thread on its part of them. */
export function memoryLoops(arrayBytes: number, threads: number): Record<MemoryLoop['kernel'], MemoryLoop> {
  const distance = arrayBytes + arrayGapBytes;
  const [a, b, c] = [0, distance, 2 * distance].map((start) => partsOf(start, arrayBytes, threads));
  const bytes = a?.[0]?.bytes ?? 0;
  const at = (parts: typeof a, thread: number) => parts?.[thread]?.start ?? 0;
  const copying = (thread: number) => [at(a, thread), at(b, thread), bytes];
  const moved = bytes * threads;
  return {
    read: { kernel: 'read', argumentsOf: (thread) => [at(a, thread), bytes], bytes: moved },
    copy: { kernel: 'copy', argumentsOf: copying, bytes: 2 * moved },
    bulk_copy: { kernel: 'bulk_copy', argumentsOf: copying, bytes: 2 * moved },
    triad: {
      kernel: 'triad',
      argumentsOf: (thread) => [at(a, thread), at(b, thread), at(c, thread), bytes, 3],
      bytes: 3 * moved,
    },
  };
}

/** read, copy and triad over arrays that no cache holds. */
export async function memoryBandwidth(pool: KernelPool, arrayBytes: number, threads: number): Promise<Measured[]> {
  const loops = memoryLoops(arrayBytes, threads);
  const rate = ({ kernel, argumentsOf, bytes }: MemoryLoop) =>
    sampleRate((passes) => pool.run({ kernel, threads, argumentsOf, repeats: 1, passes }), bytes, bandwidthBudgetMs);
  const read = await rate(loops.read);
  const loop = await rate(loops.copy);
  const bulk = await rate(loops.bulk_copy);
  const triad = await rate(loops.triad);
  const of = { device: 'cpu', threads, unit: 'B/s' as const };
  const { method } = pool;
  return [
    { ...of, quantity: 'read_bandwidth', workingSetBytes: arrayBytes, method, ...read },
    loop.value > bulk.value
      ? { ...of, quantity: 'copy_bandwidth', workingSetBytes: 2 * arrayBytes, method, ...loop }
      : { ...of, quantity: 'copy_bandwidth', workingSetBytes: 2 * arrayBytes, method: "the system's memmove", ...bulk },
    { ...of, quantity: 'triad_bandwidth', workingSetBytes: 3 * arrayBytes, method, ...triad },
  ];
}

/** Reading again and again what the caches may hold: working sets of every power of two below the arrays above. */
export async function cacheBandwidth(pool: KernelPool, largestBytes: number, threads: number): Promise<Measured[]> {
  const rungs: Measured[] = [];
  for (const workingSetBytes of rungsBelow(largestBytes)) {
    const parts = partsOf(0, workingSetBytes, threads);
    const bytes = parts[0]?.bytes ?? 0;
    const repeats = Math.max(1, Math.round(rungPassBytes / workingSetBytes));
    const sampled = await sampleRate(
      (passes) =>
        pool.run({
          kernel: 'read',
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
