/**
 * Where the clock of a page lies on the clock of the harness. A page counts from its own start, so it is asked for the
 * time again and again; the reading lies between question and answer, and the quickest exchange tells most.
 */
import { monotonicNow } from '../clock.ts';

export interface PageClock {
  /** The page's zero on the monotonic clock of the harness. Nanoseconds. */
  zeroNs: bigint;
  /** By how much `zeroNs` may be off, at most: half of the quickest exchange. Nanoseconds. */
  errorNs: number;
  /** The smallest step that the page's clock makes. Nanoseconds. */
  resolutionNs: number;
}

/** Runs an expression in the page and brings its value back. */
export type Evaluate = (expression: string) => Promise<unknown>;

const exchanges = 40;

/** Watches the clock for two milliseconds. */
const smallestStep = `(() => {
  const end = performance.now() + 2;
  let smallest = Infinity;
  for (let last = performance.now(), now = last; last < end; last = now) {
    now = performance.now();
    if (now > last && now - last < smallest) smallest = now - last;
  }
  return smallest;
})()`;

export async function alignPageClock(evaluate: Evaluate, now: () => bigint = monotonicNow): Promise<PageClock> {
  let best = { zeroNs: 0n, errorNs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < exchanges; i++) {
    const askedNs = now();
    const pageMs = Number(await evaluate('performance.now()'));
    const answeredNs = now();
    const errorNs = Number(answeredNs - askedNs) / 2;
    if (errorNs >= best.errorNs) continue;
    best = { zeroNs: (askedNs + answeredNs) / 2n - BigInt(Math.round(pageMs * 1e6)), errorNs: Math.ceil(errorNs) };
  }
  return { ...best, resolutionNs: Math.round(Number(await evaluate(smallestStep)) * 1e6) };
}
