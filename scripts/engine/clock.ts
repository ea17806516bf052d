/**
 * The one clock. `process.hrtime` reads the same monotonic clock in every process of a machine, so instants of harness
 * and engine lie on one axis: nanoseconds since the origin of the run, which the harness chooses.
 */

/** Nanoseconds of the monotonic clock; what an origin is. */
export function monotonicNow(): bigint {
  return process.hrtime.bigint();
}

/** Nanoseconds since the origin. */
export type Clock = () => number;

/** Where another clock lies on the monotonic clock. Nanoseconds. */
export interface ClockDistance {
  /** Its zero. */
  zeroNs: bigint;
  /** By how much `zeroNs` may be off, at most. */
  errorNs: number;
}

const offsetReadings = 16;

/**
 * `performance.now` counts from the start of the process with the clock's full resolution and allocates nothing;
 * the difference to the origin is taken once, from the closest of several pairs of readings: on a busy machine a process
 * may be interrupted between two of them. Its error is about half a microsecond.
 */
export function clockSince(originNs: bigint): Clock {
  let offsetNs = 0;
  let closestNs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < offsetReadings; i++) {
    const before = process.hrtime.bigint();
    const sinceStartMs = performance.now();
    const widthNs = Number(process.hrtime.bigint() - before);
    if (widthNs >= closestNs) continue;
    closestNs = widthNs;
    offsetNs = Number(before - originNs) + widthNs / 2 - sinceStartMs * 1e6;
  }
  return () => Math.round(performance.now() * 1e6 + offsetNs);
}
