/** How good predictions are: errors and coverage by the step that they take, beside the common rule, bandwidth / size x 0.55. */
import { groupBy } from '../../../collate/analysis/group-by.ts';
import {
  coverage,
  learn,
  type Prediction,
  type Quantity,
  relativeError,
  type StepError,
} from '../../../collate/recommending/learning/predictor.ts';
import type { Step } from '../../../collate/recommending/learning/steps.ts';
import type { Measured } from '../../../collate/recommending/subject.ts';
import { bytesRead } from '../../../collate/recommending/work.ts';
import { conformalWidth } from '../../../scripts/statistics/split-conformal.ts';
import { quantile } from '../../../scripts/statistics/statistics.ts';

export interface Judged {
  step: Step;
  error: number;
  predicted: number;
  covered: boolean;
  /** Of the common rule, for decoding. */
  ruleError: number | null;
  measured: number;
  low: number;
  high: number;
  subject: Measured;
}

const truthOf: Record<Quantity, (subject: Measured) => number | null> = {
  decode: ({ decodeSeconds }) => decodeSeconds,
  prefill: ({ prefillSeconds }) => prefillSeconds,
  memory: ({ memoryBytes }) => memoryBytes,
};

/** Each hidden truth beside what is said of it by those that are measured. */
export function judgeHidden(quantity: Quantity, measured: readonly Measured[], hidden: readonly Measured[]): Judged[] {
  const predictor = learn(quantity, measured);
  return hidden.flatMap((subject) => {
    const prediction = predictor.predict(subject);
    const truth = truthOf[quantity](subject);
    return prediction === null || truth === null ? [] : judged(quantity, subject, truth, prediction);
  });
}

/** Measured results, each predicted by the others; its interval rests on the errors of the others. */
export function judgeLeftOut(quantity: Quantity, measured: readonly Measured[], step: Step): Judged[] {
  const errors = learn(quantity, measured).errorsOf(step);
  const normalised = errors.map((error) => Math.abs(Math.log(error.predicted / error.measured)) / error.deviation);
  return errors.flatMap((error, i) => {
    const width = conformalWidth(normalised.toSpliced(i, 1), coverage)?.width ?? Number.POSITIVE_INFINITY;
    return judged(quantity, error.subject, error.measured, {
      value: error.predicted,
      step,
      interval: around(error, width),
    });
  });
}

function around({ predicted, deviation }: StepError, width: number) {
  return { low: predicted * Math.exp(-width * deviation), high: predicted * Math.exp(width * deviation) };
}

function judged(
  quantity: Quantity,
  subject: Measured,
  measured: number,
  { value, step, interval: { low, high } }: Pick<Prediction, 'value' | 'step' | 'interval'>,
): Judged {
  const rule = quantity === 'decode' ? bytesRead(subject.work) / (0.55 * subject.probe.bandwidthAt(1e12)) : null;
  return {
    ...{ step, measured, predicted: value, low, high, subject },
    error: relativeError({ measured, predicted: value }),
    covered: measured >= low && measured <= high,
    ruleError: rule === null ? null : relativeError({ measured, predicted: rule }),
  };
}

export interface Accuracy {
  count: number;
  median: number;
  p90: number;
  coverage: number;
  ruleMedian: number | null;
  ruleP90: number | null;
}

export function accuracyOf(judged: readonly Judged[]): Accuracy {
  const at = (errors: readonly number[], p: number) =>
    quantile(
      errors.toSorted((a, b) => a - b),
      p,
    );
  const errors = judged.map(({ error }) => error);
  const rule = judged.flatMap(({ ruleError }) => ruleError ?? []);
  return {
    count: judged.length,
    median: at(errors, 0.5),
    p90: at(errors, 0.9),
    coverage: judged.filter(({ covered }) => covered).length / judged.length,
    ruleMedian: rule.length === 0 ? null : at(rule, 0.5),
    ruleP90: rule.length === 0 ? null : at(rule, 0.9),
  };
}

/** Share of the answers to "does it fit", with the upper end of the interval for the need, that are wrong: said to fit, and too large. */
export function wrongFits(judged: readonly Judged[], limits: readonly number[]): number {
  const answers = judged.flatMap(({ measured, high, low }) =>
    limits.flatMap((limit) => (high <= limit ? [measured > limit] : low > limit ? [measured <= limit] : [])),
  );
  return answers.length === 0 ? 0 : answers.filter(Boolean).length / answers.length;
}

/** Of each host and model, the rate that is lost by taking what is predicted to be fastest, against what was measured to be. */
export function regrets(judged: readonly Judged[]): number[] {
  return groupBy(judged, ({ subject: { hostname, model } }) => [hostname, model]).map((group) => {
    const chosen = group.toSorted((a, b) => a.predicted - b.predicted)[0] ?? group[0];
    return 1 - Math.min(...group.map(({ measured }) => measured)) / chosen.measured;
  });
}
