/**
 * Who is faster than whom inside a group. The judgement is collate's (docs/measurement.md); here its answer is
 * put in terms of the group's members, for the figures that a user chooses a framework by.
 */
import { type Contender, compareCell } from '../../collate/analysis/comparison.ts';
import { smallestWords, verdictSentence } from '../../collate/analysis/verdict-sentence.ts';
import type { Interval } from '../../scripts/statistics/statistics.ts';
import { type Group, type Member, rankedBy } from './groups.ts';
import { decodeRate, type Metric, metricOf, summaryOf } from './metric.ts';

/** One figure of one member beside that of another of the same group. */
export interface Verdict {
  readonly faster: Member;
  readonly slower: Member;
  /** How many times as good: of rates the one over the other, of times and bytes the other over the one. */
  readonly ratio: number;
  /** 95 % interval of the ratio; null below three runs of each. */
  readonly interval: Interval | null;
  /** Corrected after Holm over the contenders. */
  readonly p: number;
  readonly decision: Decision;
  /** The decision in words, with what is missing for a better one. */
  readonly sentence: string;
  /** `3.1 %`: the smallest difference that so many runs, so noisy, can detect. */
  readonly smallestDetectable: string;
  /** Rounds of all that a verdict needs; null where the difference is too small to count. */
  readonly roundsNeeded: number | null;
}

/** `outputs differ`: it is faster, but at something else, so it is not ranked. */
export const decisions = ['faster', 'no detectable difference', 'too few runs', 'outputs differ'] as const;
type Decision = (typeof decisions)[number];

/** A figure by which frameworks are compared, and which way is better. */
export interface Figure {
  readonly metric: Metric;
  readonly better: 'higher' | 'lower';
}

export const decodeFigure: Figure = { metric: decodeRate, better: 'higher' };

/** Every ranked member over the slowest, fastest first; empty where fewer than two may be ranked. */
export function overSlowest(group: Group): Verdict[] {
  const slowest = rankedBy(group, decodeFigure.metric, decodeFigure.better).at(-1)?.member;
  return slowest === undefined ? [] : against(group, slowest, decodeFigure);
}

/** The best over the next framework; null where there is no other, or where the figure means another thing in each. */
export function overNext(group: Group, figure: Figure = decodeFigure): Verdict | null {
  const [first, ...others] = rankedBy(group, figure.metric, figure.better).map(({ member }) => member);
  const next = others.find((member) => member.framework !== first?.framework);
  if (first === undefined || next === undefined) return null;
  return against(group, next, figure).find((verdict) => verdict.faster === first) ?? null;
}

/** Every ranked member but the reference beside it, best first. */
function against(group: Group, reference: Member, { metric, better }: Figure): Verdict[] {
  const cell = { key: reference.key, condition: '', groups: group.members };
  const compared = compareCell(cell, (one) => one === reference, 'chosen by its result', metric.name);
  const found = compared?.measures.find(({ measure }) => measure.column === metric.name);
  if (found === undefined) return [];
  return rankedBy(group, metric, better).flatMap(({ member }) => {
    const contender = found.contenders.find(({ key }) => key === member.key);
    if (contender === undefined) return [];
    const { ratio, interval, p, roundsNeeded } = contender.comparison;
    return {
      faster: member,
      slower: reference,
      ...(better === 'higher' ? { ratio, interval } : inverse(ratio, interval)),
      p,
      decision: decisionOf(contender),
      sentence: verdictSentence(found.measure, contender),
      smallestDetectable: smallestWords(contender.comparison),
      roundsNeeded,
    };
  });
}

function inverse(ratio: number, interval: Interval | null): Pick<Verdict, 'ratio' | 'interval'> {
  return { ratio: 1 / ratio, interval: interval === null ? null : { low: 1 / interval.high, high: 1 / interval.low } };
}

function decisionOf({ verdict, agreement }: Contender): Decision {
  switch (verdict) {
    case 'better':
    case 'worse':
      return agreement === 'outputs differ' ? 'outputs differ' : 'faster';
    case 'no detectable difference':
    case 'too few runs':
      return verdict;
    default:
      return verdict satisfies never;
  }
}

/** The first one decides the order. */
export const choices: ReadonlyArray<{ title: string; figure: Figure }> = [
  { title: 'End-to-end time of an answer', figure: { metric: metricOf('e2e_mean_ms'), better: 'lower' } },
  { title: 'Time to first token', figure: { metric: metricOf('ttft_ms'), better: 'lower' } },
  { title: 'Decode rate', figure: decodeFigure },
  { title: 'Prefill rate', figure: { metric: metricOf('prefill_tokens_per_s'), better: 'higher' } },
  { title: 'Peak memory', figure: { metric: metricOf('peak_rss_bytes'), better: 'lower' } },
];

/** The figure by which the report's first sentence ranks: end-to-end time, or decode rate where no run has the time. */
export function leadingFigure(group: Group): Figure {
  const known = choices.find(({ figure: { metric } }) =>
    group.members.some(({ runs }) => summaryOf(runs, metric) !== null),
  );
  return known?.figure ?? decodeFigure;
}

/** Ranked members first, by the leading figure; then the others. */
export function inOrderOfChoice(group: Group): Member[] {
  const { metric, better } = leadingFigure(group);
  const ranked = rankedBy(group, metric, better).map(({ member }) => member);
  return [...ranked, ...group.members.filter((member) => !ranked.includes(member))];
}
