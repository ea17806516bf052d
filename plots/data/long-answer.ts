/**
 * What speed means for whoever waits: how long an answer of a stated length takes, from the time to first token and the time per
 * output token that were measured. Nobody measured that answer: a longer context makes later tokens slower, which is not in it.
 */
import { milliseconds } from '../../scripts/command-line/format.ts';
import { answerTime, longAnswerTokens } from '../../scripts/results/figures/long-answer.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, isRanked, type Member } from './groups.ts';
import { metricOf, summaryOf } from './metric.ts';

/** How the figure is made, for the small print. */
export const longAnswerFormula = `time to first token + ${longAnswerTokens - 1} × time per output token, from the measured medians; no answer of that length was measured.`;

/** TTFT + 299 × TPOT, each the geometric mean over the runs of the run's median. Null where one of them is not known. */
function longAnswerMs({ runs }: { readonly runs: readonly RunRow[] }): number | null {
  const [ttft, tpot] = [summaryOf(runs, metricOf('ttft_ms')), summaryOf(runs, metricOf('tpot_ms'))];
  return ttft === null || tpot === null ? null : answerTime(ttft.center, tpot.center);
}

interface LongAnswer {
  readonly member: Member;
  readonly durationMs: number;
}

/** Ranked members first, the shortest wait first. */
export function longAnswers({ members }: Group): LongAnswer[] {
  return members
    .flatMap((member) => {
      const durationMs = longAnswerMs(member);
      return durationMs === null ? [] : [{ member, durationMs }];
    })
    .sort((a, b) => Number(isRanked(b.member)) - Number(isRanked(a.member)) || a.durationMs - b.durationMs);
}

/**
 * `A 300-token answer takes about 6.2 s with llama.cpp and 8.1 s with PyTorch, by the measured medians.` Null where nothing is known of it.
 * @param nameOf short names of members
 */
export function longAnswerSentence(group: Group, nameOf: (member: Member) => string): string | null {
  const ranked = longAnswers(group).filter(({ member }) => isRanked(member));
  const [first] = ranked;
  if (first === undefined) return null;
  const next = ranked.find(({ member }) => member.framework !== first.member.framework);
  const told = [first, ...(next === undefined ? [] : [next])].map(
    ({ member, durationMs }) => `${milliseconds(durationMs)} with ${nameOf(member)}`,
  );
  return `A ${longAnswerTokens}-token answer takes about ${told.join(' and ')}, by the measured medians.`;
}
