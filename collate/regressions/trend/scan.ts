/**
 * Every series is searched for a step or a drift, and then its parts for further ones: binary segmentation. The segments of one
 * depth are one family of tests, those of all series together, corrected after Benjamini and Hochberg; a part is looked at only
 * where the whole moved.
 */
import { fewestOfSeries } from '../../../scripts/statistics/change-point.ts';
import { type Movement, movementOf } from '../../../scripts/statistics/movement.ts';
import { benjaminiHochberg } from '../../../scripts/statistics/multiple-tests.ts';

/** Share of false ones among what is found; where nothing moved, the chance of finding anything. */
export const falseDiscoveries = 0.05;

const deepest = 8;

export interface Series {
  /** Logarithms in the order of time. */
  logs: Float64Array;
  /** Decides the orders that are drawn; the same for the same series. */
  seed: number;
}

/** A test of the values from `from` to before `to`. */
export interface SegmentTest {
  from: number;
  to: number;
  depth: number;
  movement: Movement;
  /** Corrected over the tests of its depth. */
  p: number;
  /** Number of these. */
  family: number;
  found: boolean;
}

interface Segment {
  series: number;
  from: number;
  to: number;
}

/** @returns the tests of each series, the whole first; none for one of fewer than ten values */
export function scanSeries(all: readonly Series[], onTested: () => void = () => {}): SegmentTest[][] {
  const tests: SegmentTest[][] = all.map(() => []);
  let segments = all.map(({ logs }, series): Segment => ({ series, from: 0, to: logs.length }));
  for (let depth = 0; depth < deepest && segments.length > 0; depth++) {
    const moved = segments.flatMap((segment) => {
      const of = all[segment.series];
      const tested = of === undefined ? [] : movementIn(segment, of, depth);
      if (depth === 0) onTested();
      return tested;
    });
    const adjusted = benjaminiHochberg(moved.map(({ movement }) => movement.p));
    segments = [];
    for (const [i, { series, from, to, movement }] of moved.entries()) {
      const p = adjusted[i] ?? 1;
      const found = p <= falseDiscoveries;
      tests[series]?.push({ from, to, depth, movement, p, family: moved.length, found });
      if (!found || movement.kind === 'drift') continue;
      const middle = from + movement.step.at;
      segments.push({ series, from, to: middle }, { series, from: middle, to });
    }
  }
  return tests;
}

function movementIn(segment: Segment, { logs, seed }: Series, depth: number): Array<Segment & { movement: Movement }> {
  const { from, to } = segment;
  if (to - from < fewestOfSeries) return [];
  const movement = movementOf(logs.subarray(from, to), seed + 7919 * depth + from);
  return movement === null ? [] : [{ ...segment, movement }];
}
