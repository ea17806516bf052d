/** What the items of a task come to, in summaries and in tables. */

import { counted, significant } from '../../command-line/format.ts';
import { decodeSpan, resolutionNsOf } from '../../log/figures/arrivals.ts';
import { holm } from '../../statistics/multiple-tests.ts';
import { mcNemar, smallestPairedDifference, wilsonInterval } from '../../statistics/proportions.ts';
import { type Interval, mean } from '../../statistics/statistics.ts';
import type { TaskAnswer, TaskItemRecord } from './records.ts';

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
  /** Sum of n - k over sum of tn - t1, of the answers whose arrivals give one (arrivals.ts); null where none does. */
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

/** One framework with one format of the weights, and what it made of the items of one task. */
export interface AnsweredTask {
  task: string;
  /** What has to be the same for two of them to be compared: host, model, items, limits. */
  terms: string;
  framework: string;
  quantize: string;
  bitsPerWeight: number;
  /** Whether each item was correct, by its id. */
  correct: ReadonlyMap<string, boolean>;
}

export interface PairedComparison {
  task: string;
  /** What it is compared with: the same framework with more bits, or another framework with the same format. */
  reference: { framework: string; quantize: string };
  compared: { framework: string; quantize: string };
  items: number;
  /** Items that only the reference has right, and only the compared one: b and c. */
  onlyReference: number;
  onlyCompared: number;
  /** Share of the compared one minus that of the reference. */
  difference: number;
  p: number;
  /** After Holm, over all comparisons together. */
  corrected: number;
  /** Difference that so many items show in 80 of 100 cases, at the level that the correction leaves to the smallest p. */
  smallestDetectable: number | null;
  verdict: 'better' | 'worse' | 'no detectable difference';
}

/** A corrected p below this is a difference. */
export const pairedSignificance = 0.05;

/**
 * In every framework each format against the one with the most bits, and in every format each framework against the first one. They
 * are chosen by what they are and not by their results.
 */
export function comparePaired(answered: readonly AnsweredTask[]): PairedComparison[] {
  const pairs = answered.flatMap((compared) =>
    referencesOf(compared, answered).map((reference) => ({ reference, compared, ...countPairs(reference, compared) })),
  );
  const pValues = pairs.map(({ onlyReference, onlyCompared }) => mcNemar(onlyReference, onlyCompared));
  const corrected = holm(pValues);
  return pairs.flatMap(({ reference, compared, items, onlyReference, onlyCompared }, i) => {
    if (items === 0) return [];
    const p = corrected[i] ?? 1;
    const difference = (onlyCompared - onlyReference) / items;
    return [
      {
        task: compared.task,
        reference: nameOf(reference),
        compared: nameOf(compared),
        items,
        onlyReference,
        onlyCompared,
        difference,
        p: pValues[i] ?? 1,
        corrected: p,
        smallestDetectable: smallestPairedDifference(
          items,
          onlyReference + onlyCompared,
          pairedSignificance / pairs.length,
        ),
        verdict: p >= pairedSignificance ? 'no detectable difference' : difference > 0 ? 'better' : 'worse',
      } as const,
    ];
  });
}

function referencesOf(compared: AnsweredTask, all: readonly AnsweredTask[]): AnsweredTask[] {
  const alike = all.filter(({ task, terms }) => task === compared.task && terms === compared.terms);
  const finest = alike
    .filter(({ framework }) => framework === compared.framework)
    .reduce((best, each) => (each.bitsPerWeight > best.bitsPerWeight ? each : best), compared);
  const first = alike.find(({ quantize }) => quantize === compared.quantize);
  return [finest, first].filter((reference) => reference !== undefined && reference !== compared) as AnsweredTask[];
}

function countPairs(reference: AnsweredTask, compared: AnsweredTask) {
  let [items, onlyReference, onlyCompared] = [0, 0, 0];
  for (const [id, right] of compared.correct) {
    const expected = reference.correct.get(id);
    if (expected === undefined) continue;
    items++;
    if (expected && !right) onlyReference++;
    if (right && !expected) onlyCompared++;
  }
  return { items, onlyReference, onlyCompared };
}

function nameOf({ framework, quantize }: AnsweredTask) {
  return { framework, quantize };
}

export function pairedSentence({ verdict, items, difference, smallestDetectable }: PairedComparison): string {
  if (verdict === 'no detectable difference') {
    const smallest =
      smallestDetectable === null
        ? 'too few to tell any'
        : `the smallest detectable is about ${points(smallestDetectable)}`;
    return `no detectable difference on ${counted(items, 'items')}; ${smallest}`;
  }
  return `${points(Math.abs(difference))} ${verdict} on ${counted(items, 'items')}`;
}

/** Whether there is an item that one has correct and the other has not. */
export function differs({ onlyReference, onlyCompared }: PairedComparison): boolean {
  return onlyReference + onlyCompared > 0;
}

/** Pairs without a single such item, a sentence for each task: a table of zeros says no more. */
export function alikeSentences(pairs: readonly PairedComparison[]): string[] {
  const alike = pairs.filter((pair) => !differs(pair));
  return [...new Set(alike.map(({ task }) => task))].flatMap((task) => {
    const mine = alike.filter((pair) => pair.task === task);
    const [first] = mine;
    if (first === undefined) return [];
    const many = mine.length === 1 ? 'one comparison' : `${mine.length} comparisons`;
    return [`${task}: ${many} without an item that only one has correct; ${pairedSentence(first)}.`];
  });
}

/** Percentage points, so that no one takes them for a ratio. */
function points(share: number): string {
  return `${significant(share * 100, 2)} points`;
}

/** 0.00012 rather than 1.2e-4; what is smaller than this says nothing more. */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p > 0.9995 ? '1' : significant(p);
}
