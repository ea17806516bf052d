/** 95 % score interval of a share. Source: Wilson 1927. */
import type { Interval } from './statistics.ts';

const z = 1.959964;

export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const center = (share + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials);
  const spread = (z / (1 + z ** 2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, center - spread), high: Math.min(1, center + spread) };
}
