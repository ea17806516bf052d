/** What the items of a task come to, in summaries and in tables. */

import { wilsonInterval } from '../../statistics/proportions.ts';
import { type Interval, mean } from '../../statistics/statistics.ts';
import type { TaskAnswer, TaskItemRecord } from '../records/accuracy-records.ts';
import { decodeSpan, resolutionNsOf } from './arrivals.ts';

export interface TaskFigures {
  items: number;
  correct: number;
  /** Null without items, like all that is of them. */
  share: number | null;
  /** 95 % (Wilson 1927). */
  interval: Interval | null;
  /** Mean of the scores. */
  score: number | null;
  answers: number;
  /** At the token limit, or where the context ended. */
  cutAnswers: number;
  /** Items that ended with the context, or had no room to be asked. */
  contextEnded: number;
  meanAnswerTokens: number | null;
  /** Sum of n - k over sum of tn - t1, of the answers whose arrivals tell it (arrivals.ts); null where none does. */
  decodeTokensPerSecond: number | null;
}

export function taskFigures(items: readonly TaskItemRecord[]): TaskFigures {
  const answers = items.flatMap((item) => item.answers);
  const correct = items.filter((item) => item.correct).length;
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  return {
    items: items.length,
    correct,
    share: items.length === 0 ? null : correct / items.length,
    interval: wilsonInterval(correct, items.length),
    score: items.length === 0 ? null : mean(items.map(({ score }) => score)),
    answers: answers.length,
    cutAnswers: answers.filter(({ stop }) => stop === 'length').length,
    contextEnded: items.filter(({ reason }) => reason === 'context').length,
    meanAnswerTokens: answers.length === 0 ? null : tokens / answers.length,
    decodeTokensPerSecond: decodeRate(answers),
  };
}

function decodeRate(answers: readonly TaskAnswer[]): number | null {
  const spans = answers.flatMap((answer) => decodeSpan(answer, resolutionNsOf(answer)) ?? []);
  const ns = spans.reduce((sum, { durationNs }) => sum + durationNs, 0);
  return ns > 0 ? spans.reduce((sum, { tokens }) => sum + tokens, 0) / (ns / 1e9) : null;
}
