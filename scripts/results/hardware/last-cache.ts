/**
 * How large the last cache is, for what is read again and again by so many threads. Told by the system, or else seen in the
 * bandwidth, which falls where working sets no longer fit; else it is not known. Virtual machines often hide caches.
 */
import type { Machine, Measured } from '../../log/hardware/hardware-log-format.ts';

/** STREAM's rule: an array at least four times as large as all last caches together. McCalpin, STREAM, run rules. */
export const cachesPerArray = 4;

export interface LastCache {
  /** Working sets up to this fit. */
  fitsBytes: number;
  /** None that is larger does; between the two it is not known. */
  beyondBytes: number;
  from: 'the system' | 'the fall of the bandwidth';
}

/** @param threads those that read; null: as many as were measured */
export function lastCacheOf(
  machine: Pick<Machine, 'caches'> | null,
  measured: readonly Measured[],
  threads: number | null,
): LastCache | null {
  const told = machine === null ? null : toldBytes(machine, threads);
  if (told !== null) return { fitsBytes: told, beyondBytes: told, from: 'the system' };
  return fallOf(measured, threads);
}

/**
 * Caches that several groups of cores have, each its own: a thread fills that of its group alone. Null where the last one that
 * is reported is of the second level: the third may only be hidden.
 */
export function toldBytes({ caches }: Pick<Machine, 'caches'>, threads: number | null): number | null {
  const { last, l3 } = caches;
  if (last == null) return l3;
  if (last.level < 3) return null;
  return last.bytesEach * Math.min(last.instances, threads ?? last.instances);
}

/** The bandwidth of caches is several times that of the memory; less than that may be noise. */
const clearFall = 1.3;
/** Rungs beyond the caches are as fast as each other, or the fall has not ended. */
const level = 0.15;

/** The largest working set that is read clearly faster than the memory; null where no fall is seen, or its end is not. */
function fallOf(measured: readonly Measured[], threads: number | null): LastCache | null {
  const reads = measured.filter(({ device, quantity }) => device === 'cpu' && quantity === 'read_bandwidth');
  const counted = threads ?? Math.max(0, ...reads.map((read) => read.threads ?? 0));
  const ladder = reads
    .flatMap(({ threads, workingSetBytes: bytes, value }) =>
      bytes === null || threads !== counted ? [] : [{ bytes, value }],
    )
    .sort((a, b) => a.bytes - b.bytes);
  const [last, before] = [ladder.at(-1), ladder.at(-2)];
  if (last === undefined || before === undefined) return null;
  if (Math.abs(last.value - before.value) > level * Math.max(last.value, before.value)) return null;
  const memory = Math.max(last.value, before.value);
  const place = ladder.findLastIndex(({ value }) => value >= clearFall * memory);
  const [fits, beyond] = [ladder[place], ladder[place + 1]];
  // What is measured beyond the cache must be beyond it by STREAM's rule.
  if (fits === undefined || beyond === undefined || last.bytes < cachesPerArray * beyond.bytes) return null;
  return { fitsBytes: fits.bytes, beyondBytes: beyond.bytes, from: 'the fall of the bandwidth' };
}
