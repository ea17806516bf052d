/** What was found in one series: steps and drifts, each with the gates that it met. */
import { theilSen } from '../../../scripts/statistics/monotonic-trend.ts';
import { factor, type Gate, gatesOf, median, type Sides, sidesOfDrift, sidesOfStep, smallestChange } from './gates.ts';
import { falseDiscoveries, type SegmentTest } from './scan.ts';

export interface Finding {
  kind: 'step' | 'drift';
  /** The values compared: those from `from` on, and those to before `to`. */
  from: number;
  to: number;
  /** Index of the first value behind a step; of the first one of a drift. */
  at: number;
  /** ln(after / before). */
  change: number;
  /** Corrected over all series. */
  p: number;
  test: SegmentTest;
  sides: Sides;
  gates: Gate[];
  /** All gates were passed. */
  told: boolean;
}

/** Effects up to this share count as none. */
interface Terms {
  floor: number;
}

/**
 * Steps that fail a gate are taken away one by one, the smallest first, and their sides joined: small ones that follow each other may
 * add up to one that counts. They stay in the list, with the gate that stopped them.
 * @param tests of the series, as the scan made them
 */
export function findingsIn(logs: Float64Array, tests: readonly SegmentTest[], { floor }: Terms): Finding[] {
  const moved = tests.filter(({ found }) => found);
  const drifts = moved.filter(({ movement }) => movement.kind === 'drift').map((test) => driftOf(logs, test, floor));
  const stopped: Finding[] = [];
  let steps = moved.filter(({ movement }) => movement.kind === 'step').sort((a, b) => placeOf(a) - placeOf(b));
  for (;;) {
    const judged = steps.map((test, i) => stepOf(logs, test, [steps[i - 1], steps[i + 1]], floor));
    const [smallest] = judged.filter(({ told }) => !told).sort((a, b) => Math.abs(a.change) - Math.abs(b.change));
    if (smallest === undefined) return [...returnsMarked(logs, judged, floor), ...drifts, ...stopped].sort(byPlace);
    stopped.push(smallest);
    steps = steps.filter((test) => test !== smallest.test);
  }
}

const placeOf = ({ from, movement }: SegmentTest) => from + movement.step.at;
const byPlace = (a: Finding, b: Finding) => a.at - b.at;

function stepOf(
  logs: Float64Array,
  test: SegmentTest,
  [previous, next]: readonly [SegmentTest | undefined, SegmentTest | undefined],
  floor: number,
): Finding {
  const at = placeOf(test);
  const from = previous === undefined ? 0 : placeOf(previous);
  const to = next === undefined ? logs.length : placeOf(next);
  return judged({ kind: 'step', from, to, at, test, sides: sidesOfStep(logs, from, at, to) }, floor);
}

function driftOf(logs: Float64Array, test: SegmentTest, floor: number): Finding {
  const { from, to } = test;
  const sides = sidesOfDrift(logs, from, to, theilSen(logs.subarray(from, to)));
  return judged({ kind: 'drift', from, to, at: from, test, sides }, floor);
}

function judged(found: Pick<Finding, 'kind' | 'from' | 'to' | 'at' | 'test' | 'sides'>, floor: number): Finding {
  const gates = [significanceOf(found.test), ...gatesOf(found.sides, floor)];
  return { ...found, change: found.sides.change, p: found.test.p, gates, told: gates.every(({ passed }) => passed) };
}

export function significanceOf({ p, family, movement, found }: SegmentTest): Gate {
  return {
    name: 'significance',
    passed: found,
    value: p,
    limit: falseDiscoveries,
    words: `p ${probability(movement.p)}, doubled for trying two kinds; ${probability(p)} after the correction for ${family} searches (Benjamini-Hochberg); at most ${falseDiscoveries} is needed`,
  };
}

/** A move and the one that takes it back are history: neither says anything of now. */
function returnsMarked(logs: Float64Array, steps: readonly Finding[], floor: number): Finding[] {
  const marked = [...steps];
  for (let i = 0; i + 1 < marked.length; i++) {
    const [there, back] = [marked[i], marked[i + 1]];
    if (there === undefined || back === undefined || !there.told) continue;
    const left = Math.abs(median(logs.subarray(there.from, there.at)) - median(logs.subarray(back.at, back.to)));
    const limit = Math.log1p(Math.max(smallestChange, floor));
    const gate: Gate = {
      name: 'lasting',
      passed: left >= limit,
      value: Math.expm1(left),
      limit: Math.expm1(limit),
      words: `what is left of this move after the next one is a factor of ${factor(Math.expm1(left))}; it counts from ${factor(Math.expm1(limit))} on`,
    };
    if (gate.passed) continue;
    marked[i] = { ...there, gates: [...there.gates, gate], told: false };
    marked[i + 1] = { ...back, gates: [...back.gates, gate], told: false };
  }
  return marked;
}

/** 0.0312, 2.1e-7. */
export function probability(p: number): string {
  return p >= 0.001 ? p.toFixed(4) : p.toExponential(1);
}
