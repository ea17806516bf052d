import { wilsonInterval } from '../../../scripts/measure/wilson.ts';
import { groupCells, groupColumns, left, right, withoutConstants, words } from '../../charts/group-table.ts';
import { sameOutputs } from '../../data/same-outputs.ts';
import { type Cell, note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

export function quality({ data: { groups } }: ReportInput): Section | null {
  const rows = groups.flatMap((group) =>
    group.members.map((member) => {
      const correct = member.runs.reduce((sum, run) => sum + (run.correct ?? 0), 0);
      const judged = member.runs.reduce((sum, run) => sum + (run.judged ?? 0), 0);
      return [...groupCells(group, member), ...scoreCells(correct, judged), words(sameOutputs(group, member))];
    }),
  );
  if (rows.length === 0) return null;
  return {
    id: 'quality',
    title: 'Quality',
    blocks: [
      withoutConstants({
        kind: 'table',
        caption: 'Correct answers, all runs together',
        columns: [...groupColumns, right('Correct'), right('Share', '%'), right('95 % interval', '%'), left('Outputs')],
        rows,
      }),
      note(
        'An answer is correct when its text equals the expected one. Intervals are Wilson score intervals; they take the answers as independent, which repeated runs of one seed are not. Outputs are compared by the hash of all generated token ids of runs with the same seed; outputs that differ may still agree within the tolerances of a parity run.',
      ),
    ],
  };
}

function scoreCells(correct: number, judged: number): Cell[] {
  const interval = wilsonInterval(correct, judged);
  if (interval === null) return [words('not judged'), words('–'), words('–')];
  const percent = (share: number) => (share * 100).toFixed(1);
  return [
    words(`${correct} of ${judged}`),
    { text: percent(correct / judged), value: (correct / judged) * 100 },
    words(`${percent(interval.low)} to ${percent(interval.high)}`),
  ];
}
