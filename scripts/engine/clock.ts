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

/**
 * `performance.now` counts from the start of the process with the clock's full resolution and allocates nothing;
 * the difference to the origin is taken once. Its error is the time between two adjacent readings, about a microsecond.
 */
export function clockSince(originNs: bigint): Clock {
  const before = process.hrtime.bigint();
  const sinceStartMs = performance.now();
  const offsetNs = Number(before - originNs) - sinceStartMs * 1e6;
  return () => Math.round(performance.now() * 1e6 + offsetNs);
}
