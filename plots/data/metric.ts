/**
 * A figure of a run that can be drawn: a numeric column of runs.csv with its unit, scaled so that people can read it; and how
 * many questions were answered correctly.
 */
import { outliersAmong } from '../../collate/analysis/measures.ts';
import { pooledScore, type QuestionScore } from '../../scripts/results/figures/question-score.ts';
import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { centerOf, type Summary, summarize } from '../../scripts/statistics/statistics.ts';

type NumericName = {
  [C in keyof RunRow]: RunRow[C] extends number | null ? C : never;
}[keyof RunRow];

export interface Metric {
  readonly name: NumericName;
  readonly title: string;
  readonly unit: string;
  /** What a value of runs.csv is divided by to be in `unit`. */
  readonly divisor: number;
  readonly formula: string;
}

export function metricOf(name: NumericName): Metric {
  const column: ColumnFacts | undefined = runColumns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return { name, title: column.title, unit: column.unit, divisor: 1, formula: column.formula };
}

export const decodeRate = metricOf('decode_tokens_per_s');

/** Bytes become MB or GB, whichever suits the largest value. Decimal: 1 GB is 10^9 bytes. */
export function readableUnit(unit: string, values: readonly number[]): Pick<Metric, 'unit' | 'divisor'> {
  if (unit !== 'B') return { unit, divisor: 1 };
  return Math.max(0, ...values) >= 1e9 ? { unit: 'GB', divisor: 1e9 } : { unit: 'MB', divisor: 1e6 };
}

export function readable(metric: Metric, runs: readonly RunRow[]): Metric {
  // Scaled before: it stays as it is.
  if (metric.unit !== 'B') return metric;
  const values = runs.map((run) => run[metric.name] ?? 0);
  return { ...metric, ...readableUnit(metric.unit, values) };
}

/** Values of the runs that have the figure. */
export function samplesOf(runs: readonly RunRow[], metric: Metric): number[] {
  return runs.flatMap((run) => {
    const value = run[metric.name];
    return value === null ? [] : [value / metric.divisor];
  });
}

/** Runs that stand far from the others: marked in pictures, and kept in every mean. */
export function outlierValues(runs: readonly RunRow[], metric: Metric): number[] {
  return outliersAmong(runs, (run) => run[metric.name]).map(({ value }) => value / metric.divisor);
}

/** Null where no run has the figure. */
export function summaryOf(runs: readonly RunRow[], metric: Metric): Summary | null {
  return summarize(samplesOf(runs, metric));
}

/** Geometric mean over the rows that have the figure; null where none has. */
export function meanOf<Name extends string>(
  rows: ReadonlyArray<{ readonly [Column in Name]: number | null }>,
  column: Name,
): number | null {
  const values = rows.flatMap((row) => row[column] ?? []);
  return values.length === 0 ? null : centerOf(values);
}

/** `Decode rate (tokens/s)`. */
export function axisTitle(metric: Metric): string {
  return metric.unit === '' ? metric.title : `${metric.title} (${metric.unit})`;
}

/** Where no instant shows when the prompt was evaluated, the prefill rate is at least what TTFT allows. */
export function isLowerBound(runs: readonly RunRow[], { name }: Metric): boolean {
  return name === 'prefill_tokens_per_s' && runs.some((run) => run.prefill_is_lower_bound === true);
}

/** `≥ ` before the value of a lower bound. */
export function boundBefore(runs: readonly RunRow[], metric: Metric): string {
  return isLowerBound(runs, metric) ? '≥ ' : '';
}

/** Null where nothing is known of any answer. */
export function memberScore(runs: readonly RunRow[]): QuestionScore | null {
  return pooledScore(
    runs.flatMap(({ judged_questions: questions, correct_questions: correct, judged: answers }) =>
      questions === null || questions === 0 || correct === null || answers === null
        ? []
        : { questions, correct, answers },
    ),
  );
}

/** All runs and rounds ask the same questions: greedy answers are the same ones each time, sampled ones are not. */
export function memberRepeats(runs: readonly RunRow[]): number {
  if (runs.some(({ temperature }) => (temperature ?? 0) > 0)) return 1;
  const answers = runs.reduce((sum, run) => sum + (run.answers ?? 0), 0);
  const questions = Math.max(0, ...runs.map((run) => run.questions ?? 0));
  return questions === 0 ? 1 : Math.max(1, answers / questions);
}
