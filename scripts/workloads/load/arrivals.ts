/** When requests of an open loop come: offsets from the start in nanoseconds, ascending, all within the duration. */
import { seededRandom } from '../../statistics/seeded-random.ts';

const nsPerSecond = 1e9;

/** Evenly: the first at once, then one every 1 / rate seconds. */
export function constantArrivals(perSecond: number, seconds: number): number[] {
  const count = Math.max(1, Math.ceil(perSecond * seconds - 1e-9));
  return Array.from({ length: count }, (_, i) => Math.round((i / perSecond) * nsPerSecond));
}

/** A Poisson process: gaps are exponential with the mean 1 / rate, drawn from the seed. */
export function poissonArrivals(perSecond: number, seconds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const offsets: number[] = [];
  for (let at = 0; ; ) {
    at += -Math.log(1 - random()) / perSecond;
    if (at >= seconds) break;
    offsets.push(Math.round(at * nsPerSecond));
  }
  return offsets.length > 0 ? offsets : [0];
}
