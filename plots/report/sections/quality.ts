import { correctText, type QuestionScore } from '../../../scripts/log/question-score.ts';
import { wilsonInterval } from '../../../scripts/statistics/wilson.ts';
import { memberScore } from '../../data/member-score.ts';
import { sameOutputs } from '../../data/same-outputs.ts';
import { type Cell, note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { figure, groupCells, groupColumns, left, right, withoutConstants, words } from '../table.ts';

export function quality({ data: { groups } }: ReportInput): Section | null {
  const rows = groups.flatMap((group) =>
    group.members.map((member) => {
      return [...groupCells(group, member), ...scoreCells(memberScore(member.runs)), words(sameOutputs(group, member))];
    }),
  );
  if (rows.length === 0) return null;
  return {
    id: 'quality',
    title: 'Quality',
    blocks: [
      withoutConstants({
        kind: 'table',
        caption: 'Questions answered correctly, all runs together',
        columns: [
          ...groupColumns,
          right('Correct'),
          right('Answers each'),
          right('Share', '%'),
          right('95 % interval', '%'),
          left('Outputs'),
        ],
        rows,
      }),
      note(
        'An answer is correct when its text equals the expected one. Counts are of questions: the same question asked again, in another round or run, is a repeat and no further sample, and a question counts with the share of its answers that were correct. Intervals are Wilson score intervals over questions. Outputs are compared by the hash of all generated token ids of runs with the same seed; outputs that differ may still agree within the tolerances of a parity run.',
      ),
    ],
  };
}

function scoreCells(score: QuestionScore | null): Cell[] {
  const interval = score === null ? null : wilsonInterval(score.correct, score.questions);
  if (score === null || interval === null) return [words('not judged'), words('–'), words('–'), words('–')];
  const { correct, questions, answers } = score;
  const percent = (share: number) => (share * 100).toFixed(1);
  return [
    words(`${correctText(score)} of ${questions}`),
    figure(answers / questions),
    { text: percent(correct / questions), value: (correct / questions) * 100 },
    words(`${percent(interval.low)} to ${percent(interval.high)}`),
  ];
}
