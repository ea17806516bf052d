/** How far apart does this machine put things that are the same? No smaller difference is called one. */
import type { NoiseFloor } from './certificate/certificate-records.ts';
import { mean } from './statistics.ts';

/** One value a run, of two cells that are the same. */
export interface IdenticalCells {
  a: readonly number[];
  b: readonly number[];
}

const fewestIdentical = 2;
const fewestAlternate = 4;

/**
 * A/A noise: the largest relative difference of means between identical cells, and between every second run of a cell and the runs
 * between them; runs are in the order in which they started, so that drift hits both halves alike.
 * @param cells one value a run, of each cell
 * @returns null where no cell has four runs and no identical one has two
 */
export function noiseFloorOf(
  cells: ReadonlyArray<readonly number[]>,
  identical: readonly IdenticalCells[] = [],
): NoiseFloor | null {
  const estimates: NoiseFloor[] = [
    ...identical
      .filter(({ a, b }) => Math.min(a.length, b.length) >= fewestIdentical)
      .map(({ a, b }) => ({ share: apart(a, b), from: 'identical cells' as const, runs: a.length + b.length })),
    ...cells
      .filter((values) => values.length >= fewestAlternate)
      .map((values) => ({
        share: apart(
          values.filter((_, i) => i % 2 === 0),
          values.filter((_, i) => i % 2 === 1),
        ),
        from: 'alternate runs' as const,
        runs: values.length,
      })),
  ];
  const [first, ...others] = estimates;
  if (first === undefined) return null;
  return others.reduce((largest, one) => (one.share > largest.share ? one : largest), first);
}

function apart(a: readonly number[], b: readonly number[]): number {
  return Math.abs(mean(a) / mean(b) - 1);
}

export function noiseFloorText({ share, from, runs }: NoiseFloor): string {
  const how =
    from === 'identical cells'
      ? `two identical cells, ${runs} runs together`
      : `every second run of a cell against those between, ${runs} runs`;
  return `${(share * 100).toPrecision(2)} % (A/A: ${how})`;
}
