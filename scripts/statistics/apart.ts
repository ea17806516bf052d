/**
 * Two samples that were measured apart: how many times as large is the second, and is that more than chance? No distribution is
 * assumed. The interval is that of all ratios which the exact Mann-Whitney test does not reject, so interval and test cannot
 * contradict each other.
 */
import { attainedLevel, exactShift, fewestForLevel, ratioOfShift, type Shift, type ShiftRatio } from './exact-shift.ts';
import { holm } from './multiple-tests.ts';
import { pooledDeviation } from './two-stage-power.ts';
import { roundsFor, significance, smallestDetectable } from './verdict.ts';

export interface Apart {
  /** Above 0. */
  base: readonly number[];
  head: readonly number[];
  /** Effects up to this share are no change. */
  floor: number;
}

export interface ApartComparison {
  /** Head over base, by Hodges and Lehmann on logarithms, with the interval at this level; null where a side has nothing. */
  ratio: ShiftRatio | null;
  /** Corrected after Holm over all that could be tested; null where it could not. */
  p: number | null;
  /** `too few runs`: also where so many comparisons are made that so few runs cannot show anything. */
  verdict: 'higher' | 'lower' | 'no detectable difference' | 'too few runs';
  /** Change that is found in 80 of 100 such comparisons, as a share; null where none would be. */
  smallestChange: number | null;
  /**
   * Runs a side with which `soughtChange` is found in 80 of 100 cases; where the noise is not known, those below which nothing is
   * found. Null for more than 10,000.
   */
  runsNeeded: number | null;
  /** The change that was seen, or half as much again as the floor where it was less, as a share. */
  soughtChange: number;
}

/** Below that no p-value of the exact test gets below 0.01. */
export const fewestApart = fewestForLevel(significance);

/** What the test needs of the runs that a t test needs, for normal noise. Source: Hodges and Lehmann 1956. */
const efficiency = 3 / Math.PI;

/** @param all the family over which p-values are corrected */
export function compareApart(all: readonly Apart[]): ApartComparison[] {
  const logs = all.map(({ base, head, floor }) => ({ base: base.map(Math.log), head: head.map(Math.log), floor }));
  const testable = logs.filter(hasEnough);
  const corrected = holm(testable.map(({ base, head }) => exactShift(head, base).p));
  const levels = { now: significance / Math.max(1, testable.length), withAll: significance / Math.max(1, all.length) };
  return logs.map((pair) => judged(pair, corrected[testable.indexOf(pair)] ?? null, levels));
}

function hasEnough({ base, head }: Pick<Apart, 'base' | 'head'>): boolean {
  return Math.min(base.length, head.length) >= fewestApart;
}

/**
 * @param pair logarithms
 * @param levels of the first of the corrected tests: of those that can be made, and once all have runs enough
 */
function judged(
  { base, head, floor: share }: Apart,
  p: number | null,
  levels: { now: number; withAll: number },
): ApartComparison {
  const floor = Math.log1p(share);
  const found = base.length === 0 || head.length === 0 ? null : exactShift(head, base);
  const effect = Math.max(Math.abs(found?.center ?? 0), Math.log1p(1.5 * share));
  const deviation = asOfStudent(pooledDeviation(base, head));
  const canShow = found !== null && attainedLevel(base.length, head.length, levels.now) !== null;
  const fewest = Math.max(fewestApart, fewestForLevel(levels.withAll));
  const standardError = deviation === null ? null : deviation * Math.sqrt(1 / base.length + 1 / head.length);
  return {
    ratio: found === null ? null : ratioOfShift(found, shownLevel),
    p,
    verdict: verdictOf(found, p, { floor, canShow }),
    smallestChange: canShow
      ? smallestDetectable(
          { standardError, degrees: base.length + head.length - 2 },
          { floor, significance: levels.now },
        )
      : null,
    runsNeeded:
      deviation === null
        ? fewest
        : atMost(roundsFor(effect, deviation * Math.SQRT2, { floor, significance: levels.withAll }, fewest)),
    soughtChange: Math.expm1(effect),
  };
}

/** Nobody measures as often. */
const mostRuns = 10_000;

function atMost(runs: number | null): number | null {
  return runs === null || runs > mostRuns ? null : runs;
}

const shownLevel = 0.05;

function verdictOf(
  found: Shift | null,
  p: number | null,
  { floor, canShow }: { floor: number; canShow: boolean },
): ApartComparison['verdict'] {
  const interval = found?.intervalAt(shownLevel) ?? null;
  if (found === null || interval === null || p === null) return 'too few runs';
  const excludesOne = interval.low > 0 || interval.high < 0;
  if (excludesOne && p < significance && Math.abs(found.center) > floor) return found.center > 0 ? 'higher' : 'lower';
  return canShow ? 'no detectable difference' : 'too few runs';
}

/** The deviation with which a t test would need as many runs as this test does. */
function asOfStudent(deviation: number | null): number | null {
  return deviation === null ? null : deviation / Math.sqrt(efficiency);
}
