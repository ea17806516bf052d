/** How a series moves: at once, little by little, or not at all. */
import { type ChangePoint, changePoint, fewestOfSeries, strongestSplit } from './change-point.ts';
import { mannKendall, theilSen } from './monotonic-trend.ts';
import { medianInPlace } from './selection.ts';

export interface Movement {
  /** What fits better. */
  kind: 'step' | 'drift';
  /** Two-sided, doubled for trying both kinds. */
  p: number;
  step: ChangePoint;
  drift: { p: number };
  /** How badly each fits (Bayesian information criterion); null where neither is worth fitting. */
  misfit: { step: number; drift: number } | null;
}

/** Doubled, a larger p-value is above 0.05, whatever it is corrected for: that needs no fit. */
const worthFitting = 0.025;
/** Values that are equal to the last digit fit without any error. */
const smallestError = 1e-9;
/** Parameters that each further level stands for: the level, and the place that was chosen as the best. */
const costOfChange = 3;

/**
 * A step and a drift are both tried, and the better fit of the two wins: it has its own p-value, doubled. Null for fewer than ten
 * values, and where all are the same.
 * @param values what adds up: logarithms of rates and times
 */
export function movementOf(values: Float64Array, seed: number): Movement | null {
  if (values.length < fewestOfSeries) return null;
  const step = changePoint(values, seed);
  const drift = mannKendall(values);
  if (step === null || drift === null) return null;
  if (Math.min(step.p, drift) > worthFitting) {
    const kind = step.p <= drift ? 'step' : 'drift';
    return { kind, p: Math.min(1, 2 * Math.min(step.p, drift)), step, drift: { p: drift }, misfit: null };
  }
  const misfit = { step: misfitOfSteps(values, step.at), drift: misfitOfLine(values) };
  const kind = misfit.step <= misfit.drift ? 'step' : 'drift';
  return { kind, p: Math.min(1, 2 * (kind === 'step' ? step.p : drift)), step, drift: { p: drift }, misfit };
}

/** The best of two, three and four levels: a staircase is no drift, though a line fits it better than a single step. */
function misfitOfSteps(values: Float64Array, at: number): number {
  const [left, right] = [values.subarray(0, at), values.subarray(at)];
  const n = values.length;
  const [whole, halves] = [[left, right].map(errorOfLevel), [left, right].map(errorOfTwoLevels)];
  const [a = 0, b = 0] = whole;
  const [twoA = a, twoB = b] = halves;
  const levels = [
    { error: a + b, count: 2 },
    { error: Math.min(twoA + b, a + twoB), count: 3 },
    { error: twoA + twoB, count: 4 },
  ];
  return Math.min(...levels.map(({ error, count }) => criterion(error, n, 1 + costOfChange * (count - 1))));
}

function misfitOfLine(values: Float64Array): number {
  const slope = theilSen(values);
  return criterion(errorOfLevel(values.map((value, i) => value - slope * i)), values.length, 2);
}

function errorOfTwoLevels(values: Float64Array): number {
  const split = strongestSplit(values);
  if (split === null) return errorOfLevel(values);
  return errorOfLevel(values.subarray(0, split.at)) + errorOfLevel(values.subarray(split.at));
}

/** Sum of the distances from the median. */
function errorOfLevel(values: Float64Array): number {
  const level = medianInPlace(Float64Array.from(values));
  let sum = 0;
  for (const value of values) sum += Math.abs(value - level);
  return sum;
}

/**
 * Of Laplace errors, which spikes do not upset: 2 n ln(mean error) + parameters ln n. Sources: Schwarz 1978, and for what a change
 * costs, whose place is chosen among many, Zhang and Siegmund 2007.
 */
function criterion(error: number, n: number, parameters: number): number {
  return 2 * n * Math.log(Math.max(error / n, smallestError)) + parameters * Math.log(n);
}
