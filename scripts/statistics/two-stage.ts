/**
 * Is one of two builds slower, in any of many cells? In two stages, so that a large table neither alarms by chance nor loses its
 * power to a correction over cells that nobody suspects. The first stage screens every cell. The second judges the suspects alone,
 * by fresh runs: whatever the first one did, the chance of any false alarm is at most `significance`.
 */
import { exactShift, fewestForLevel, type Shift } from './exact-shift.ts';
import { holm } from './multiple-tests.ts';
import type { Interval } from './statistics.ts';
import { pooledDeviation, runsToFind } from './two-stage-power.ts';

/** Level of the first stage, for each comparison by itself. */
export const screeningLevel = 0.05;
/** Chance of any false alarm in the second stage, all its comparisons together. */
export const familyLevel = 0.01;
/** A change that is certainly smaller does not count, however quiet the machine. */
export const smallestThatCounts = 0.03;

/** Figures of single runs, above 0. */
export interface TwoBuilds {
  base: readonly number[];
  head: readonly number[];
}

/** In logarithms: head over base. */
export interface LogChange extends Shift {
  /** Of single runs; null below two on a side. */
  deviation: number | null;
  runs: { base: number; head: number };
}

/** Null where a side has no run. */
export function logChange({ base, head }: TwoBuilds): LogChange | null {
  if (base.length === 0 || head.length === 0) return null;
  const [logsOfBase, logsOfHead] = [base.map(Math.log), head.map(Math.log)];
  return {
    ...exactShift(logsOfHead, logsOfBase),
    deviation: pooledDeviation(logsOfBase, logsOfHead),
    runs: { base: base.length, head: head.length },
  };
}

export type Screened =
  | { kind: 'insufficient'; change: LogChange | null }
  | { kind: 'suspect' | 'unsuspected'; change: LogChange };

/** @param noiseFloor A/A noise of the machine, as a relative difference */
export function screen(builds: TwoBuilds, noiseFloor: number): Screened {
  const change = logChange(builds);
  if (change === null || fewerRuns(change) < fewestForLevel(screeningLevel)) return { kind: 'insufficient', change };
  // The wider interval: a change just as large as the smallest that counts is not lost here.
  const suspect = change.p < screeningLevel && counts(change, change.intervalAt(familyLevel), noiseFloor);
  return { kind: suspect ? 'suspect' : 'unsuspected', change };
}

export interface Confirmed {
  kind: 'confirmed' | 'refuted' | 'open';
  change: LogChange | null;
  /** Corrected over the suspects; 1 where nothing was measured. */
  p: number;
  /** At `level`; it excludes 0 just where p is below `familyLevel`. */
  interval: Interval | null;
  /** Of the test and of the interval: as Holm's procedure has it for this one. */
  level: number;
}

/**
 * Judges the suspects by fresh runs, corrected over all of them. `refuted`: the interval shows that whatever change there is does
 * not count. `open`: neither confirmed nor refuted.
 * @param suspects all of them, with those that could not be measured again
 */
export function confirm(suspects: readonly TwoBuilds[], noiseFloors: readonly number[]): Confirmed[] {
  const changes = suspects.map(logChange);
  const pValues = changes.map((change) => change?.p ?? 1);
  const corrected = holm(pValues);
  const levels = levelsOfHolm(pValues);
  return changes.map((change, i): Confirmed => {
    const [p = 1, level = familyLevel] = [corrected[i], levels[i]];
    const interval = change?.intervalAt(level) ?? null;
    const facts = { change, p, interval, level };
    if (change === null || interval === null) return { ...facts, kind: 'open' };
    const floor = noiseFloors[i] ?? 0;
    const rejects = interval.low > 0 || interval.high < 0;
    if (rejects && counts(change, interval, floor)) return { ...facts, kind: 'confirmed' };
    const limit = Math.log1p(Math.max(smallestThatCounts, floor));
    return { ...facts, kind: reachOf(interval) < limit ? 'refuted' : 'open' };
  });
}

/** Beyond the noise of the machine, and not certainly smaller than the smallest that counts. */
function counts({ center }: Shift, interval: Interval | null, noiseFloor: number): boolean {
  const reaches = interval === null || reachOf(interval) >= Math.log1p(smallestThatCounts);
  return reaches && Math.abs(center) > Math.log1p(noiseFloor);
}

/** The largest change, in either direction, that the interval holds. */
function reachOf({ low, high }: Interval): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

/**
 * The level at which Holm's procedure tests each: the i-th smallest of k at a (k - i + 1)-th of the whole, up to the first that is
 * not rejected, and the others at the level of that one. An interval at this level excludes no change just where it is rejected.
 */
function levelsOfHolm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const levels = new Array<number>(pValues.length).fill(familyLevel);
  let open: number | null = null;
  order.forEach(({ p, index }, i) => {
    const level = open ?? familyLevel / (pValues.length - i);
    levels[index] = level;
    if (p >= level) open = level;
  });
  return levels;
}

const planningPower = 0.99;
/** What became a suspect looked large, by chance too: its true change is likely to be smaller. */
const shareOfSeen = 0.75;

/**
 * Runs a side of the second stage for one suspect: enough to find the change that the first stage saw, at the level that so many
 * suspects leave. What the first stage saw may decide this, for its runs are not counted again.
 * @param most where more would be needed; never so few that nothing can be found
 */
export function runsToConfirm(change: LogChange, suspects: number, most: number): number {
  const level = familyLevel / suspects;
  const least = Math.max(fewerRuns(change), fewestForLevel(level));
  const needed =
    change.deviation === null || change.center === 0
      ? most
      : (runsToFind(shareOfSeen * Math.abs(change.center), change.deviation, level, planningPower) ?? most);
  return evenUp(Math.max(least, Math.min(most, needed)));
}

function fewerRuns({ runs }: LogChange): number {
  return Math.min(runs.base, runs.head);
}

/** Runs come in blocks of A B B A, two of each side. */
function evenUp(runs: number): number {
  return runs + (runs % 2);
}

/**
 * Which side comes first in each pair of runs, for so many pairs: A B B A, then B A A B, and so on as Thue and Morse have it, so
 * that a drift that is a line or a parabola is the same for both. True: base first.
 */
export function pairOrder(pairs: number): boolean[] {
  return Array.from({ length: pairs }, (_, i) => onesIn(i) % 2 === 0);
}

function onesIn(number: number): number {
  let ones = 0;
  for (let rest = number; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
