/** The figures of a run that are followed over time, and where the answers of the run have them. */
import type { answersTable } from '../../../scripts/workloads/questions/tables.ts';
import { isPrimary, type Measure, measuresOf } from '../../analysis/measures.ts';

type AnswerColumn = (typeof answersTable)['columns'][number]['name'];

/** The median over the answers stands for the run; a figure of the run as a whole stands for itself. */
const ofAnswers = {
  decode_tokens_per_s: 'decode_tokens_per_s',
  prefill_tokens_per_s: 'prefill_tokens_per_s',
  ttft_ms: 'ttft_ms',
  tpot_ms: 'tpot_ms',
  e2e_mean_ms: 'e2e_ms',
} as const satisfies Partial<Record<Measure['column'], AnswerColumn>>;

export type AnswerFigure = (typeof ofAnswers)[keyof typeof ofAnswers];
export const answerFigures: readonly AnswerFigure[] = Object.values(ofAnswers);

export interface TrendMetric extends Measure {
  answers: AnswerFigure | null;
  /** Declared beforehand: only such a metric can fail a build. */
  primary: boolean;
}

export function trendMetrics(workload: string | null): TrendMetric[] {
  return measuresOf(workload).map((measure) => ({
    ...measure,
    answers: answerFigureOf(measure.column),
    primary: isPrimary(measure),
  }));
}

function answerFigureOf(column: Measure['column']): AnswerFigure | null {
  return hasAnswers(column) ? ofAnswers[column] : null;
}

function hasAnswers(column: Measure['column']): column is keyof typeof ofAnswers {
  return column in ofAnswers;
}
