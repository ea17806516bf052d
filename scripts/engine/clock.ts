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

/** On a busy machine a process may have to wait between two readings. */
const readings = 20;

/**
 * `performance.now` counts from the start of the process with the clock's full resolution and allocates nothing; the
 * difference to the origin is taken once, between the two closest of several readings. Its error is half the time between
 * those, well below a microsecond.
 */
export function clockSince(originNs: bigint): Clock {
  let offsetNs = 0;
  let closestNs = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < readings; reading++) {
    const before = process.hrtime.bigint();
    const sinceStartMs = performance.now();
    const apartNs = Number(process.hrtime.bigint() - before);
    if (apartNs >= closestNs) continue;
    closestNs = apartNs;
    offsetNs = Number(before - originNs) + apartNs / 2 - sinceStartMs * 1e6;
  }
  return () => Math.round(performance.now() * 1e6 + offsetNs);
}
