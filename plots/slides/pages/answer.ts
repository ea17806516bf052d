/** What to use, and what that means for whoever waits for an answer. */

import { milliseconds } from '../../../scripts/command-line/format.ts';
import { longAnswerTokens } from '../../../scripts/results/figures/long-answer.ts';
import { backendComparison } from '../../charts/backend-comparison.ts';
import { groupName, isRanked, markBehind, memberName, titleName } from '../../data/groups.ts';
import { longAnswerFormula, longAnswerSentence, longAnswers } from '../../data/long-answer.ts';
import { frameworkColor } from '../../render/theme.ts';
import type { Table } from '../../report/document.ts';
import { contenders, termsOf } from '../../report/sections/choice.ts';
import { leadingAnswer } from '../../report/sections/opening.ts';
import { warningsAbout } from '../../report/sections/warnings.ts';
import { chartSlide } from '../chart-slide.ts';
import { bars, doubt, type SlideOf, tableBlock, text } from '../slide.ts';

const mostContenders = 4;
const mostDoubts = 3;
/** Of a warning: what the report has beside it, and a slide has not. */
const elsewhere = / (?:Build it with this command|The section ").*$/s;

export const answerSlide: SlideOf = ({ data, main }) => {
  if (main === undefined) return null;
  const { sentence, figures } = leadingAnswer(data.groups, main);
  const doubts = warningsAbout(main, data.groups).flatMap((block) =>
    block.kind === 'paragraph' && block.role === 'warning' ? [block.text] : [],
  );
  return {
    name: 'answer',
    message: sentence,
    blocks: [
      ...(figures === '' ? [] : [text(figures)]),
      ...(main.members.length > 1 ? [tableBlock(figuresOnly(contenders(main, mostContenders)))] : []),
      ...doubts.slice(0, mostDoubts).map((words) => doubt(words.replace(elsewhere, ''))),
    ],
    note: termsOf(main),
  };
};

/** The framework and what it is chosen by: threads and versions are on a slide of their own. */
function figuresOnly({ columns, rows, ...table }: Table): Table {
  const keep = columns.map(({ title }) => !['Threads', 'Version', 'Runs'].includes(title));
  const kept = <T>(cells: readonly T[]) => cells.filter((_, i) => keep[i] === true);
  return { ...table, columns: kept(columns), rows: rows.map(kept) };
}

export const waitSlide: SlideOf = ({ main }) => {
  const message = main === undefined ? null : longAnswerSentence(main, (member) => titleName(member, main));
  if (main === undefined || message === null) return null;
  const all = longAnswers(main);
  const longest = Math.max(...all.map(({ durationMs }) => durationMs));
  return {
    name: 'wait',
    message,
    blocks: bars(
      all.map(({ member, durationMs }) => ({
        name: memberName(member) + markBehind(member),
        text: milliseconds(durationMs),
        share: durationMs / longest,
        color: frameworkColor(member.framework),
        ranked: isRanked(member),
      })),
    ),
    note: `${longAnswerTokens} tokens: ${longAnswerFormula} ${groupName(main)}.`,
  };
};

/** Decode and prefill rate of every contender. */
export const rankingSlide: SlideOf = ({ data, main }) =>
  main === undefined ? null : chartSlide({ chart: backendComparison, data: { ...data, groups: [main] } });
