/**
 * The factors of sums (log-sum.ts) from observations of them. The logarithms of the factors have normal priors, so that few
 * observations leave a factor near what its like have (partial pooling); residuals are relative errors. The fit is the posterior
 * mode by Gauss and Newton with Levenberg's damping, Huber's weights against single outliers, and the covariance of its
 * linearisation (Gelman et al., Bayesian Data Analysis, ch. 4).
 */
import { cholesky, forward, solve } from './cholesky.ts';
import { type LogSum, LogSumEvaluation } from './log-sum.ts';

export interface LogSumObservation {
  readonly sum: LogSum;
  readonly logValue: number;
}

/** Of the logarithm of a factor. */
export interface Prior {
  readonly mean: number;
  readonly deviation: number;
}

interface State {
  readonly parameters: Float64Array;
  /** Standard deviation of the residuals, as a relative error. */
  readonly noise: number;
  /** How far parts of a group hide each other. */
  readonly overlap: number;
}

export interface LogSumFit extends State {
  /** Inverse of the covariance of the parameters, and its lower triangle after Cholesky. */
  readonly information: Float64Array;
  readonly lower: Float64Array;
}

/** Of these the likeliest is taken: not hidden at all, to nearly the larger alone. */
const overlaps = [1, 1.4, 2, 3] as const;
const hubersWidth = 1.5;
/** What the noise is taken for, and with the weight of how many observations. */
const expectedNoise = 0.05;
const noiseWeight = 4;
const longestStep = 1;
const iterations = 25;
/** From a fit of nearly the same observations. */
const iterationsFromNear = 6;

export function fitLogSums(observations: readonly LogSumObservation[], priors: readonly Prior[]): LogSumFit {
  const start = { parameters: Float64Array.from(priors, ({ mean }) => mean), noise: 3 * expectedNoise };
  const states = overlaps.map((overlap) => descend({ ...start, overlap }, observations, priors, iterations, true));
  const likelihoods = states.map(
    (state) => costOf(state, observations, priors) + observations.length * Math.log(state.noise),
  );
  const best = states[likelihoods.indexOf(Math.min(...likelihoods))];
  if (best === undefined) throw new RangeError('no overlap to try');
  return fitAt(best, observations, priors);
}

/** The fit of other observations, from where this one stood; noise and overlap stay. */
export function refit(fit: LogSumFit, observations: readonly LogSumObservation[], priors: readonly Prior[]): LogSumFit {
  return fitAt(descend(fit, observations, priors, iterationsFromNear, false), observations, priors);
}

/** The fit without these observations, by one step of Newton from the fit with them: for errors of predictions of them. */
export function leaveOut(fit: LogSumFit, observations: readonly LogSumObservation[]): LogSumFit {
  const size = fit.parameters.length;
  const information = Float64Array.from(fit.information);
  const slope = new Float64Array(size);
  addObservations(fit, observations, -1, information, slope);
  const lower = cholesky(information, size);
  return { ...fit, parameters: stepped(fit.parameters, solve(lower, slope)), information, lower };
}

export interface LogSumPrediction {
  readonly logValue: number;
  /** Standard deviation: what the parameters leave open, and the noise of an observation. */
  readonly deviation: number;
}

/** @param priors of all parameters; those that the fit has not seen stand behind its own, and are as their priors say, around 0 */
export function predictLogSum(fit: LogSumFit, sum: LogSum, priors: readonly Prior[]): LogSumPrediction {
  const evaluation = new LogSumEvaluation(priors.length);
  const logValue = evaluation.at(sum, fit.parameters, fit.overlap);
  const seen = fit.parameters.length;
  let variance = fit.noise ** 2 + squareSum(forward(fit.lower, evaluation.gradient.slice(0, seen)));
  for (let p = seen; p < priors.length; p++) {
    variance += (valueAt(evaluation.gradient, p) * (priors[p]?.deviation ?? 0)) ** 2;
  }
  return { logValue, deviation: Math.sqrt(variance) };
}

function descend(
  from: State,
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
  most: number,
  isNoiseFree: boolean,
): State {
  const size = priors.length;
  let state = from;
  let damping = 1e-3;
  let cost = costOf(state, observations, priors);
  for (let i = 0; i < most && damping < 1e6; i++) {
    const { information, slope } = normalEquations(state, observations, priors);
    for (let d = 0; d < size; d++) {
      information[d * size + d] = valueAt(information, d * size + d) * (1 + damping);
    }
    const next = { ...state, parameters: stepped(state.parameters, solve(cholesky(information, size), slope)) };
    const nextCost = costOf(next, observations, priors);
    if (nextCost > cost) {
      damping *= 10;
      continue;
    }
    const gain = cost - nextCost;
    damping = Math.max(1e-9, damping / 10);
    state = isNoiseFree ? { ...next, noise: noiseOf(next, observations, priors) } : next;
    cost = costOf(state, observations, priors);
    if (gain < 1e-6 * (1 + Math.abs(cost))) break;
  }
  return state;
}

function stepped(parameters: Float64Array, step: Float64Array): Float64Array {
  return parameters.map((value, p) => value + Math.max(-longestStep, Math.min(longestStep, valueAt(step, p))));
}

function fitAt(state: State, observations: readonly LogSumObservation[], priors: readonly Prior[]): LogSumFit {
  const { information } = normalEquations(state, observations, priors);
  return { ...state, information, lower: cholesky(information, priors.length) };
}

function normalEquations(state: State, observations: readonly LogSumObservation[], priors: readonly Prior[]) {
  const size = priors.length;
  const information = new Float64Array(size * size);
  const slope = new Float64Array(size);
  for (const [p, { mean, deviation }] of priors.entries()) {
    information[p * size + p] = 1 / deviation ** 2;
    slope[p] = (mean - valueAt(state.parameters, p)) / deviation ** 2;
  }
  addObservations(state, observations, 1, information, slope);
  return { information, slope };
}

/** @param sign 1 adds them, -1 takes them out */
function addObservations(
  { parameters, noise, overlap }: State,
  observations: readonly LogSumObservation[],
  sign: 1 | -1,
  information: Float64Array,
  slope: Float64Array,
): void {
  const size = parameters.length;
  const evaluation = new LogSumEvaluation(size);
  const { gradient, touched } = evaluation;
  for (const { sum, logValue } of observations) {
    const residual = logValue - evaluation.at(sum, parameters, overlap);
    const weight = (sign * huberWeight(residual / noise)) / noise ** 2;
    for (const row of touched) {
      const weighted = weight * valueAt(gradient, row);
      slope[row] = valueAt(slope, row) + weighted * residual;
      for (const column of touched) {
        const place = row * size + column;
        information[place] = valueAt(information, place) + weighted * valueAt(gradient, column);
      }
    }
  }
}

function costOf(
  { parameters, noise, overlap }: State,
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
): number {
  const evaluation = new LogSumEvaluation(parameters.length);
  let cost = 0;
  for (const [p, { mean, deviation }] of priors.entries()) {
    cost += ((valueAt(parameters, p) - mean) / deviation) ** 2 / 2;
  }
  for (const { sum, logValue } of observations) {
    const z = Math.abs(logValue - evaluation.at(sum, parameters, overlap)) / noise;
    cost += z <= hubersWidth ? z ** 2 / 2 : hubersWidth * (z - hubersWidth / 2);
  }
  return cost;
}

/** With the parameters that the observations themselves decide subtracted from their number: the trace of the hat matrix. */
function noiseOf(state: State, observations: readonly LogSumObservation[], priors: readonly Prior[]): number {
  const { parameters, noise, overlap } = state;
  const { lower } = fitAt(state, observations, priors);
  const evaluation = new LogSumEvaluation(parameters.length);
  let squares = noiseWeight * expectedNoise ** 2;
  let free = noiseWeight;
  for (const { sum, logValue } of observations) {
    const residual = logValue - evaluation.at(sum, parameters, overlap);
    const leverage = squareSum(forward(lower, evaluation.gradient)) / noise ** 2;
    squares += huberWeight(residual / noise) * residual ** 2;
    free += Math.max(0, 1 - leverage);
  }
  return Math.sqrt(squares / free);
}

function huberWeight(z: number): number {
  return Math.min(1, hubersWidth / Math.abs(z));
}

function squareSum(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return sum;
}

function valueAt(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
