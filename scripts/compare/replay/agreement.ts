/**
 * Does a run agree with the one that was recorded? Each figure's ratio has an interval: over the recorded run and its
 * sisters where there are enough of them, else over the answers of the two runs. It agrees when the interval touches 1,
 * or comes nearer to it than the floor.
 */

import type { RunRecord } from '../../log/run-log-format.ts';
import { type AnswerMetrics, answerMetrics, runRates } from '../../results/figures/metrics.ts';
import { recordsOf } from '../../results/run.ts';
import { studentQuantile } from '../../statistics/distributions.ts';
import { ratioOf, ratioOfPairs, ratioOfTwo } from '../../statistics/log-ratio.ts';
import { type Interval, mean, median, standardDeviation } from '../../statistics/statistics.ts';
import type { KernelRecord } from '../../workloads/kernel/records.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';
import { measuredAnswers } from './differences.ts';

export interface FigureAgreement {
  figure: string;
  unit: string;
  recorded: number;
  replayed: number;
  /**
   * Replayed over recorded: the geometric mean over pairs of answers, or that of repetitions; where there are sisters, over the
   * geometric mean of all recorded runs.
   */
  ratio: number;
  /** 95 %; null where there are too few samples for one. */
  interval: Interval | null;
  basis: { kind: 'runs' | 'answers' | 'repetitions'; count: number };
  agrees: boolean;
}

/** Two recorded runs say nothing yet of how runs differ. */
const fewestRuns = 3;

/**
 * @param sisters logs of completed runs that were asked for the same as the recorded one, itself among them
 * @param floor differences up to this share are not told from none
 */
export function agreements(
  recorded: readonly RunRecord[],
  replayed: readonly RunRecord[],
  sisters: ReadonlyArray<readonly RunRecord[]>,
  floor: number,
): FigureAgreement[] {
  const found = [...answerAgreements(recorded, replayed, sisters), ...kernelAgreements(recorded, replayed, sisters)];
  return found.map((each) => ({ ...each, agrees: touchesOne(each, floor) }));
}

type Judged = Omit<FigureAgreement, 'agrees'>;

function touchesOne({ ratio, interval }: Judged, floor: number): boolean {
  const { low, high } = interval ?? { low: ratio, high: ratio };
  return low <= 1 + floor && high >= 1 / (1 + floor);
}

interface AnswerFigure {
  figure: string;
  unit: string;
  of: (answers: readonly AnswerRecord[]) => number | null;
  ofAnswer: keyof Pick<AnswerMetrics, 'decodeTokensPerSecond' | 'ttftMs' | 'prefillTokensPerSecond' | 'e2eMs'>;
}

const answerFigures: readonly AnswerFigure[] = [
  {
    figure: 'decode',
    unit: 'tokens/s',
    of: (answers) => runRates(answers).decodeTokensPerSecond,
    ofAnswer: 'decodeTokensPerSecond',
  },
  { figure: 'median TTFT', unit: 'ms', of: (answers) => medianOf(answers, 'ttftMs'), ofAnswer: 'ttftMs' },
  {
    figure: 'prefill',
    unit: 'tokens/s',
    of: (answers) => runRates(answers).prefillTokensPerSecond,
    ofAnswer: 'prefillTokensPerSecond',
  },
  { figure: 'median end to end', unit: 'ms', of: (answers) => medianOf(answers, 'e2eMs'), ofAnswer: 'e2eMs' },
];

function answerAgreements(
  recorded: readonly RunRecord[],
  replayed: readonly RunRecord[],
  sisters: ReadonlyArray<readonly RunRecord[]>,
): Judged[] {
  const pairs = pairsOf(measuredAnswers(recorded), measuredAnswers(replayed));
  return answerFigures.flatMap(({ figure, unit, of, ofAnswer }) => {
    const [before, after] = [of(pairs.map((pair) => pair.recorded)), of(pairs.map((pair) => pair.replayed))];
    if (before === null || after === null) return [];
    const overRuns = againstRuns(
      sisters.map((records) => of(measuredAnswers(records))),
      after,
    );
    if (overRuns !== null) return { figure, unit, recorded: before, replayed: after, ...overRuns };
    const found = ratioOfPairs(logRatiosOf(pairs, ofAnswer));
    const basis = { kind: 'answers', count: found.count } as const;
    return { figure, unit, recorded: before, replayed: after, ...ratioOf(found), basis };
  });
}

function logRatiosOf(pairs: readonly AnswerPair[], figure: AnswerFigure['ofAnswer']): number[] {
  return pairs.flatMap(({ recorded, replayed }) => {
    const [before, after] = [answerMetrics(recorded)[figure], answerMetrics(replayed)[figure]];
    return before === null || after === null ? [] : Math.log(after / before);
  });
}

function kernelAgreements(
  recorded: readonly RunRecord[],
  replayed: readonly RunRecord[],
  sisters: ReadonlyArray<readonly RunRecord[]>,
): Judged[] {
  return (['tg', 'pp'] as const).flatMap((test) => {
    const [before, after] = [kernelRates(recorded, test), kernelRates(replayed, test)];
    if (before.length === 0 || after.length === 0) return [];
    const facts = { figure: test, unit: 'tokens/s', recorded: mean(before), replayed: mean(after) };
    const overRuns = againstRuns(
      sisters.map((records) => kernelRates(records, test)).map((rates) => (rates.length === 0 ? null : mean(rates))),
      facts.replayed,
    );
    if (overRuns !== null) return { ...facts, ...overRuns };
    const basis = { kind: 'repetitions', count: Math.min(before.length, after.length) } as const;
    return { ...facts, ...ratioOf(ratioOfTwo(after.map(Math.log), before.map(Math.log))), basis };
  });
}

/**
 * Where one more run may lie: the mean logarithm of the recorded ones +- t x s x the root of 1 + 1 / n, Student's interval for
 * a future observation. Null below three runs.
 */
function againstRuns(
  figures: ReadonlyArray<number | null>,
  replayed: number,
): Pick<Judged, 'ratio' | 'interval' | 'basis'> | null {
  const logs = figures.filter((figure) => figure !== null).map(Math.log);
  const deviation = standardDeviation(logs);
  if (logs.length < fewestRuns || deviation === null) return null;
  const margin = studentQuantile(0.975, logs.length - 1) * deviation * Math.sqrt(1 + 1 / logs.length);
  const center = Math.log(replayed) - mean(logs);
  return {
    ...ratioOf({ center, interval: { low: center - margin, high: center + margin } }),
    basis: { kind: 'runs', count: logs.length },
  };
}

interface AnswerPair {
  recorded: AnswerRecord;
  replayed: AnswerRecord;
}

/** The same question in the same round; a log that was cut off has fewer. */
function pairsOf(recorded: readonly AnswerRecord[], replayed: readonly AnswerRecord[]): AnswerPair[] {
  return recorded.flatMap((answer) => {
    const again = replayed.find(({ questionId, round }) => questionId === answer.questionId && round === answer.round);
    return again === undefined ? [] : { recorded: answer, replayed: again };
  });
}

function kernelRates(records: readonly RunRecord[], test: KernelRecord['test']): number[] {
  return recordsOf({ records }, 'kernel')
    .filter((record) => record.phase === 'measured' && record.test === test)
    .map(({ tokens, durationNs }) => (tokens / durationNs) * 1e9);
}

function medianOf(answers: readonly AnswerRecord[], metric: 'ttftMs' | 'e2eMs'): number | null {
  const values = answers.map((answer) => answerMetrics(answer)[metric]).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}
