/** The smallest step that the clock of harness and engine makes. */

const watchedMs = 2;

/** Nanoseconds. Engines of other processes read the same clock of the system; a browser's own is in its settings. */
export function clockStepNs(now: () => number = () => performance.now()): number {
  const endMs = now() + watchedMs;
  let smallest = Number.POSITIVE_INFINITY;
  for (let last = now(), current = last; last < endMs; last = current) {
    current = now();
    if (current > last) smallest = Math.min(smallest, current - last);
  }
  return Math.round(smallest * 1e6);
}
