/** Parity before speed: what was compared with which reference, within which tolerances, and who failed why; then the correct answers. */
import { correctText, type QuestionScore } from '../../../scripts/results/figures/question-score.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { wilsonInterval } from '../../../scripts/statistics/proportions.ts';
import { type Group, groupName, isRanked, memberName, whyNotRanked } from '../../data/groups.ts';
import { memberScore } from '../../data/metric.ts';
import { type Divergence, divergencesOf, sameOutputs } from '../../data/parity.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { type Block, type Cell, note, type Section, text, warning } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';
import { count, figure, groupCells, groupColumns, left, right, withoutConstants, words } from '../table.ts';

/** More would bury the others; parity.csv has all of them. */
const mostDivergences = 20;

export function parity(input: ReportInput): Section | null {
  const { data } = input;
  if (data.groups.length === 0 && data.parityGroups.length === 0) return null;
  return {
    id: 'parity',
    title: 'Parity',
    blocks: [
      ...introduction(data.parityGroups),
      ...failures(data.parityGroups),
      ...chartBlocks(input, 'parity'),
      ...unchecked(data),
    ],
  };
}

/** Answer by answer, for whoever asks what a failed parity looks like. */
export function divergedAnswers({ data }: ReportInput): Section | null {
  const found = divergencesOf(data.parityGroups, data.parity);
  return found.length === 0
    ? null
    : { id: 'diverged-answers', title: 'Answers that diverge from the reference', blocks: divergenceTable(found) };
}

function introduction(groups: readonly Group[]): Block[] {
  const runs = groups.flatMap((group) => group.members.flatMap((member) => member.runs));
  if (runs.length === 0) return [];
  const references = [...new Set(runs.map((run) => run.parity_reference ?? 'unknown'))].sort();
  const questions = [...new Set(runs.map((run) => run.parity_questions ?? 0))].sort((a, b) => a - b);
  return [
    text(
      `Each framework answered ${questions.join(' or ')} questions greedily, and then evaluated the answers of the reference token by token. The reference is ${references.join(', ')}. Results outside these tolerances are not ranked:`,
    ),
    { kind: 'list', items: [...new Set(runs.flatMap(toleranceOf))] },
  ];
}

function toleranceOf(run: RunRow): string[] {
  const { weight_class, parity_gap_tolerance: gap, parity_top1_tolerance: top1, parity_kl_tolerance: kl } = run;
  if (gap === null || top1 === null || kl === null) return [];
  return [
    `${weight_class}: answers diverge only where the two best logits of the reference were closer than ${gap}; the same token comes first at ${Number((top1 * 100).toPrecision(6))} % of the positions at least; the mean KL divergence is at most ${kl} nats.`,
  ];
}

function failures(groups: readonly Group[]): Block[] {
  return groups.flatMap((group) =>
    group.members
      .filter((member) => !isRanked(member))
      .map((member) => warning(`${memberName(member)} on ${groupName(group)} is not ranked: ${whyNotRanked(member)}.`)),
  );
}

function divergenceTable(found: readonly Divergence[]): Block[] {
  const more = found.length - mostDivergences;
  return [
    {
      kind: 'table',
      caption: 'Where answers diverge from the reference, its most certain choices first',
      columns: [
        left('Framework'),
        left('Question'),
        right('At token'),
        right('Id of the reference'),
        right('Own id'),
        right('Gap of the reference', 'logits'),
        right('Own gap', 'logits'),
        left('Explained'),
      ],
      rows: found
        .slice(0, mostDivergences)
        .map(({ member, question, explained }) => [
          words(memberName(member)),
          words(question.question),
          count(question.divergence_position ?? 0),
          tokenCell(question.divergence_reference_token),
          tokenCell(question.divergence_token),
          figure(question.divergence_reference_gap),
          figure(question.divergence_gap),
          words(explained === null ? 'not known' : explained ? 'yes' : 'no'),
        ]),
    },
    note(
      `A gap is the best logit minus the second best: how close the choice was. It explains a divergence below the tolerance.${
        more > 0 ? ` ${more} more are in parity.csv.` : ''
      }`,
    ),
  ];
}

/** -1 is the end of the sequence. */
function tokenCell(id: number | null): Cell {
  return id === null || id === -1 ? { text: id === null ? '–' : 'end', value: id } : count(id);
}

/** Who has no parity run, and what stands in for it. */
function unchecked({ groups }: PlotData): Block[] {
  const names = groups.flatMap((group) =>
    group.members
      .filter((member) => member.comparable && member.parity.state === 'unchecked')
      .map((member) => `${memberName(member)} (${group.weightClass})`),
  );
  if (names.length === 0) return [];
  return [
    note(
      `Without a parity run: ${[...new Set(names)].join(', ')}. They are ranked only where the hashes of the outputs are equal.`,
    ),
  ];
}

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
