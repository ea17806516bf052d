/** The figures that a user chooses a framework by, and the order that follows from them. */
import type { Group, Member } from './groups.ts';
import { rankedBy } from './leader.ts';
import { metricOf, summaryOf } from './metric.ts';
import { decodeFigure, type Figure } from './verdicts.ts';

/** The first one decides the order. */
export const choices: ReadonlyArray<{ title: string; figure: Figure }> = [
  { title: 'End-to-end time of an answer', figure: { metric: metricOf('e2e_mean_ms'), better: 'lower' } },
  { title: 'Time to first token', figure: { metric: metricOf('ttft_ms'), better: 'lower' } },
  { title: 'Decode rate', figure: decodeFigure },
  { title: 'Prefill rate', figure: { metric: metricOf('prefill_tokens_per_s'), better: 'higher' } },
  { title: 'Peak memory', figure: { metric: metricOf('peak_rss_bytes'), better: 'lower' } },
];

/** By which the report's first sentence ranks: end to end, or decode where no run tells it. */
export function leadingFigure(group: Group): Figure {
  const known = choices.find(({ figure: { metric } }) =>
    group.members.some(({ runs }) => summaryOf(runs, metric) !== null),
  );
  return known?.figure ?? decodeFigure;
}

/** Those that are ranked first, by the leading figure; then the others. */
export function inOrderOfChoice(group: Group): Member[] {
  const { metric, better } = leadingFigure(group);
  const ranked = rankedBy(group, metric, better).map(({ member }) => member);
  return [...ranked, ...group.members.filter((member) => !ranked.includes(member))];
}
