/**
 * Learns one quantity from everything that was measured, predicts it where it was not, and says how far such predictions were off:
 * each error is that of a fit that did not see what it predicted.
 */
import type { LogSum } from '../../../scripts/statistics/log-sum.ts';
import {
  fitLogSums,
  type LogSumFit,
  type LogSumObservation,
  leaveOut,
  predictLogSum,
  refit,
} from '../../../scripts/statistics/log-sum-fit.ts';
import { type ConformalWidth, conformalWidth } from '../../../scripts/statistics/split-conformal.ts';
import { type Interval, median } from '../../../scripts/statistics/statistics.ts';
import type { Measured, Subject } from '../subject.ts';
import { decodeTime } from './decode-time.ts';
import { Factors } from './factors.ts';
import { memoryNeed } from './memory-need.ts';
import { prefillTime } from './prefill-time.ts';
import { hiddenBy, type Step, stepTo, type Trust, trustOf } from './steps.ts';

export const quantities = ['decode', 'prefill', 'memory'] as const;
/** Seconds of a decoded token, seconds of the prompt, bytes. */
export type Quantity = (typeof quantities)[number];

/** Of 100 intervals, so many contain what is then measured. */
export const coverage = 0.9;

export interface Prediction {
  /** Seconds or bytes. */
  value: number;
  /** 90 %. */
  interval: Interval;
  trust: Exclude<Trust, 'measured'>;
  step: Step;
  /** What the width of the interval rests on; null: on no error, but on what the model expects of itself. */
  width: ConformalWidth | null;
}

/** An observation that was left out, and what was said of it. */
export interface StepError {
  subject: Measured;
  measured: number;
  predicted: number;
  /** That the fit expected, as a relative error. */
  deviation: number;
}

export interface Predictor {
  /** Null where nothing was measured on such a device. */
  predict: (subject: Subject) => Prediction | null;
  /** Errors of such steps among what was measured. */
  errorsOf: (step: Step) => readonly StepError[];
}

const sums: Record<Quantity, (subject: Subject, factors: Factors) => LogSum> = {
  decode: decodeTime,
  prefill: prefillTime,
  memory: memoryNeed,
};

const values: Record<Quantity, (measured: Measured) => number | null> = {
  decode: ({ decodeSeconds }) => decodeSeconds,
  prefill: ({ prefillSeconds }) => prefillSeconds,
  memory: ({ memoryBytes }) => memoryBytes,
};

interface Known {
  subject: Measured;
  value: number;
  observation: LogSumObservation;
}

export function learn(quantity: Quantity, measured: readonly Measured[]): Predictor {
  const factors = new Factors();
  const sumOf = (subject: Subject) => sums[quantity](subject, factors);
  const known = measured.flatMap((subject): Known[] => {
    const value = values[quantity](subject);
    return value === null ? [] : [{ subject, value, observation: { sum: sumOf(subject), logValue: Math.log(value) } }];
  });
  const subjects = known.map(({ subject }) => subject);
  const fit = fitLogSums(observationsOf(known), factors.priors);
  const errors = new Map<Step, StepError[]>();
  const errorsOf = (step: Step): StepError[] => {
    const found = errors.get(step) ?? leaveOutErrors(step, known, fit, factors);
    errors.set(step, found);
    return found;
  };
  const widths = new Map<Step, ConformalWidth | null>();
  const widthOf = (step: Step): ConformalWidth | null => {
    const found = widths.has(step)
      ? (widths.get(step) ?? null)
      : conformalWidth(errorsOf(step).map(normalised), coverage);
    widths.set(step, found);
    return found;
  };
  return {
    errorsOf,
    predict(subject) {
      const step = stepTo(subject, subjects);
      if (step === null) return null;
      const { logValue, deviation } = predictLogSum(fit, sumOf(subject), factors.priors);
      const width = widthOf(step);
      const margin = (width?.width ?? normalQuantile90) * deviation;
      return {
        value: Math.exp(logValue),
        interval: { low: Math.exp(logValue - margin), high: Math.exp(logValue + margin) },
        ...{ trust: trustOf(step), step, width },
      };
    },
  };
}

/** Of 100 normal errors 90 are smaller, in deviations. */
const normalQuantile90 = 1.645;

function normalised({ measured, predicted, deviation }: StepError): number {
  return Math.abs(Math.log(predicted / measured)) / deviation;
}

/** Median of |predicted / measured - 1|; null without errors. */
export function medianError(errors: readonly StepError[]): number | null {
  return errors.length === 0 ? null : median(errors.map(relativeError));
}

export function relativeError({ measured, predicted }: Pick<StepError, 'measured' | 'predicted'>): number {
  return Math.abs(predicted / measured - 1);
}

function leaveOutErrors(step: Step, known: readonly Known[], fit: LogSumFit, { priors }: Factors): StepError[] {
  const done = new Map<string, LogSumFit>();
  const places = new Map(known.map((each, place) => [each, place]));
  return known.flatMap(({ subject, value, observation }) => {
    const hides = hiddenBy(step, subject);
    const hidden = known.filter((other) => hides(other.subject));
    const rest = known.filter((other) => !hides(other.subject));
    const left = rest.map((each) => each.subject);
    if (stepTo(subject, left) !== step) return [];
    const group = hidden.map((each) => places.get(each)).join();
    const without = done.get(group) ?? fitWithout(step, hidden, rest, fit, priors);
    done.set(group, without);
    const { logValue, deviation } = predictLogSum(without, observation.sum, priors);
    return { subject, measured: value, predicted: Math.exp(logValue), deviation };
  });
}

/** Few observations are taken out of the fit; where many are, it is made again from where it stood. */
function fitWithout(
  step: Step,
  hidden: readonly Known[],
  rest: readonly Known[],
  fit: LogSumFit,
  priors: Factors['priors'],
): LogSumFit {
  if (step === 'combination' || step === 'format' || step === 'size') return leaveOut(fit, observationsOf(hidden));
  return refit(fit, observationsOf(rest), priors.slice(0, fit.parameters.length));
}

function observationsOf(known: readonly Known[]): LogSumObservation[] {
  return known.map(({ observation }) => observation);
}
