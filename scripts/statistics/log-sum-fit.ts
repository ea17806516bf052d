/**
 * Positive quantities that are sums of parts, each a known amount times unknown factors: the time of a token, the memory of a
 * process. The logarithms of the factors have normal priors, so that few observations leave a factor near what its like have
 * (partial pooling); residuals are relative errors. The fit is the posterior mode by Gauss and Newton with Levenberg's damping,
 * Huber's weights against single outliers, and the covariance of its linearisation (Gelman et al., Bayesian Data Analysis, ch. 4).
 */
import { cholesky, forward, solve } from './cholesky.ts';

/** exp(logAmount + the sum of these parameters). */
export interface Part {
  readonly logAmount: number;
  readonly parameters: readonly number[];
}

/** Parts of one group happen at the same time, so that little more than the largest counts; groups add up. */
export type LogSum = ReadonlyArray<readonly Part[]>;

export interface LogSumObservation {
  readonly sum: LogSum;
  readonly logValue: number;
}

/** Of the logarithm of a factor. */
export interface Prior {
  readonly mean: number;
  readonly deviation: number;
}

export interface LogSumFit {
  readonly parameters: Float64Array;
  /** Inverse of their covariance, and its lower triangle after Cholesky. */
  readonly information: Float64Array;
  readonly lower: Float64Array;
  /** Standard deviation of the residuals, as a relative error. */
  readonly noise: number;
}

/** How nearly only the largest part of a group counts: (a^p + b^p)^(1/p). */
const overlapExponent = 3;
const hubersWidth = 1.5;
/** What the noise is taken for, and with the weight of how many observations. */
const expectedNoise = 0.05;
const noiseWeight = 4;

interface FitOptions {
  readonly start?: Pick<LogSumFit, 'parameters' | 'noise'>;
  readonly iterations?: number;
}

export function fitLogSums(
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
  { start, iterations = 25 }: FitOptions = {},
): LogSumFit {
  let parameters = start?.parameters ?? Float64Array.from(priors, ({ mean }) => mean);
  let noise = start?.noise ?? 3 * expectedNoise;
  let damping = 1e-3;
  let cost = costOf(observations, priors, parameters, noise);
  for (let i = 0; i < iterations; i++) {
    const { matrix, slope } = normalEquations(observations, priors, parameters, noise);
    for (let d = 0; d < priors.length; d++) matrix[d * priors.length + d] = valueAt(matrix, d * priors.length + d) * (1 + damping);
    const step = solve(cholesky(matrix, priors.length), slope);
    const next = parameters.map((value, p) => value + Math.max(-1, Math.min(1, valueAt(step, p))));
    const nextCost = costOf(observations, priors, next, noise);
    if (nextCost > cost) {
      damping *= 10;
      if (damping > 1e6) break;
      continue;
    }
    const gain = cost - nextCost;
    parameters = next;
    damping = Math.max(1e-9, damping / 10);
    if (start === undefined) noise = noiseOf(observations, priors, parameters, noise);
    cost = costOf(observations, priors, parameters, noise);
    if (gain < 1e-9 * (1 + Math.abs(cost))) break;
  }
  const { matrix } = normalEquations(observations, priors, parameters, noise);
  return { parameters, information: matrix, lower: cholesky(matrix, priors.length), noise };
}

/** The fit without these observations, by one step of Newton from the fit with them: for errors of predictions of them. */
export function leaveOut(fit: LogSumFit, observations: readonly LogSumObservation[]): LogSumFit {
  const { parameters, information, noise } = fit;
  const size = parameters.length;
  const matrix = Float64Array.from(information);
  const slope = new Float64Array(size);
  addObservations(observations, { parameters, noise, sign: -1 }, matrix, slope);
  const lower = cholesky(matrix, size);
  const step = solve(lower, slope);
  return {
    parameters: parameters.map((value, p) => value + Math.max(-1, Math.min(1, valueAt(step, p)))),
    ...{ information: matrix, lower, noise },
  };
}

export interface LogSumPrediction {
  readonly logValue: number;
  /** Standard deviation: what the parameters leave open, and the noise of an observation. */
  readonly deviation: number;
}

/** @param priors of all parameters; those that the fit has not seen stand behind its own, and are as their priors say, around 0 */
export function predictLogSum(
  { parameters, lower, noise }: LogSumFit,
  sum: LogSum,
  priors: readonly Prior[],
): LogSumPrediction {
  const { logValue, gradient } = logSumAt(sum, parameters);
  const dense = new Float64Array(parameters.length);
  let variance = noise ** 2;
  for (const [parameter, slope] of gradient) {
    if (parameter < parameters.length) dense[parameter] = slope;
    else variance += (slope * (priors[parameter]?.deviation ?? 0)) ** 2;
  }
  return { logValue, deviation: Math.sqrt(variance + squareSum(forward(lower, dense))) };
}

function logSumAt(sum: LogSum, parameters: Float64Array): { logValue: number; gradient: Map<number, number> } {
  const groups = sum.map((parts) => {
    const logs = parts.map((part) => part.parameters.reduce((total, p) => total + valueAt(parameters, p), part.logAmount));
    const largest = Math.max(...logs);
    const powers = logs.map((log) => Math.exp(overlapExponent * (log - largest)));
    const total = powers.reduce((one, other) => one + other, 0);
    return { parts, shares: powers.map((power) => power / total), log: largest + Math.log(total) / overlapExponent };
  });
  const largest = Math.max(...groups.map(({ log }) => log));
  const total = groups.reduce((all, { log }) => all + Math.exp(log - largest), 0);
  const gradient = new Map<number, number>();
  for (const { parts, shares, log } of groups) {
    const ofGroup = Math.exp(log - largest) / total;
    for (const [i, part] of parts.entries()) {
      for (const p of part.parameters) gradient.set(p, (gradient.get(p) ?? 0) + ofGroup * (shares[i] ?? 0));
    }
  }
  return { logValue: largest + Math.log(total), gradient };
}

function normalEquations(
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
  parameters: Float64Array,
  noise: number,
): { matrix: Float64Array; slope: Float64Array } {
  const size = priors.length;
  const matrix = new Float64Array(size * size);
  const slope = new Float64Array(size);
  for (const [p, { mean, deviation }] of priors.entries()) {
    matrix[p * size + p] = 1 / deviation ** 2;
    slope[p] = (mean - valueAt(parameters, p)) / deviation ** 2;
  }
  addObservations(observations, { parameters, noise, sign: 1 }, matrix, slope);
  return { matrix, slope };
}

function addObservations(
  observations: readonly LogSumObservation[],
  { parameters, noise, sign }: { parameters: Float64Array; noise: number; sign: 1 | -1 },
  matrix: Float64Array,
  slope: Float64Array,
): void {
  const size = parameters.length;
  for (const { sum, logValue } of observations) {
    const at = logSumAt(sum, parameters);
    const residual = logValue - at.logValue;
    const weight = (sign * huberWeight(residual / noise)) / noise ** 2;
    for (const [row, rise] of at.gradient) {
      slope[row] = valueAt(slope, row) + weight * rise * residual;
      for (const [column, other] of at.gradient) {
        matrix[row * size + column] = valueAt(matrix, row * size + column) + weight * rise * other;
      }
    }
  }
}

function costOf(
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
  parameters: Float64Array,
  noise: number,
): number {
  let cost = 0;
  for (const [p, { mean, deviation }] of priors.entries()) cost += ((valueAt(parameters, p) - mean) / deviation) ** 2 / 2;
  for (const { sum, logValue } of observations) {
    const z = Math.abs(logValue - logSumAt(sum, parameters).logValue) / noise;
    cost += z <= hubersWidth ? z ** 2 / 2 : hubersWidth * (z - hubersWidth / 2);
  }
  return cost;
}

/** With the parameters that the observations themselves decide subtracted from their number: the trace of the hat matrix. */
function noiseOf(
  observations: readonly LogSumObservation[],
  priors: readonly Prior[],
  parameters: Float64Array,
  noise: number,
): number {
  const { matrix } = normalEquations(observations, priors, parameters, noise);
  const lower = cholesky(matrix, priors.length);
  let squares = noiseWeight * expectedNoise ** 2;
  let free = noiseWeight;
  for (const { sum, logValue } of observations) {
    const { logValue: fitted, gradient } = logSumAt(sum, parameters);
    const dense = new Float64Array(priors.length);
    for (const [p, rise] of gradient) dense[p] = rise;
    const leverage = squareSum(forward(lower, dense)) / noise ** 2;
    const residual = logValue - fitted;
    squares += huberWeight(residual / noise) * residual ** 2;
    free += Math.max(0, 1 - leverage);
  }
  return Math.sqrt(squares / free);
}

function squareSum(values: Float64Array): number {
  return values.reduce((total, each) => total + each ** 2, 0);
}

function huberWeight(z: number): number {
  return Math.min(1, hubersWidth / Math.abs(z));
}

function valueAt(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
