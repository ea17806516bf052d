/** Parity before speed: what was compared with which reference, within which tolerances, and who failed why; then the correct answers. */
import { correctText, type QuestionScore } from '../../../scripts/results/figures/question-score.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { wilsonInterval } from '../../../scripts/statistics/proportions.ts';
import { type Group, groupName, isRanked, memberName, membersIn, whyNotRanked } from '../../data/groups.ts';
import { memberScore } from '../../data/metric.ts';
import { divergencesOf, sameOutputs } from '../../data/parity.ts';
import { type Block, type Cell, list, note, text, warning } from '../document.ts';
import { chartBlocks, ofQuestions, type Part } from '../section.ts';
import { count, figure, groupFields, left, right, shown, tableIfAny, tableOf, withoutConstants } from '../table.ts';

/** More would bury the others; parity.csv has all of them. */
const mostDivergences = 20;

export const parity: Part = {
  id: 'parity',
  title: 'Parity',
  blocks(input) {
    const { groups, parityGroups } = input.data;
    return [
      ...introduction(parityGroups),
      ...failures(parityGroups),
      ...chartBlocks(input, 'parity'),
      ...unchecked(groups),
    ];
  },
};

/** Answer by answer, for whoever asks what a failed parity looks like. */
export const divergedAnswers: Part = {
  id: 'diverged-answers',
  title: 'Answers that diverge from the reference',
  blocks({ data }) {
    const found = divergencesOf(data.parityGroups, data.parity);
    if (found.length === 0) return [];
    const more = found.length - mostDivergences;
    return [
      ...tableIfAny(
        'Where answers diverge from the reference, its most certain choices first',
        found.slice(0, mostDivergences),
        [
          [left('Framework'), ({ member }) => memberName(member)],
          [left('Question'), ({ question }) => question.question],
          [right('At token'), ({ question }) => count(question.divergence_position ?? 0)],
          [right('Id of the reference'), ({ question }) => tokenCell(question.divergence_reference_token)],
          [right('Own id'), ({ question }) => tokenCell(question.divergence_token)],
          [right('Gap of the reference', 'logits'), ({ question }) => figure(question.divergence_reference_gap)],
          [right('Own gap', 'logits'), ({ question }) => figure(question.divergence_gap)],
          [left('Explained'), ({ explained }) => (explained === null ? 'not known' : explained ? 'yes' : 'no')],
        ],
      ),
      note(
        `A gap is the best logit minus the second best: how close the choice was. It explains a divergence below the tolerance.${
          more > 0 ? ` ${more} more are in parity.csv.` : ''
        }`,
      ),
    ];
  },
};

function introduction(groups: readonly Group[]): Block[] {
  const runs = membersIn(groups).flatMap(({ member }) => member.runs);
  if (runs.length === 0) return [];
  const references = [...new Set(runs.map((run) => run.parity_reference ?? 'unknown'))].sort();
  const questions = [...new Set(runs.map((run) => run.parity_questions ?? 0))].sort((a, b) => a - b);
  return [
    text(
      `Each framework answered ${questions.join(' or ')} ${questions.at(-1) === 1 ? 'question' : 'questions'} greedily, and then evaluated the answers of the reference token by token. The reference is ${references.join(', ')}. Results outside these tolerances are not ranked:`,
    ),
    ...list([...new Set(runs.flatMap(toleranceOf))]),
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
  return membersIn(groups)
    .filter(({ member }) => !isRanked(member))
    .map(({ group, member }) =>
      warning(`${memberName(member)} on ${groupName(group)} is not ranked: ${whyNotRanked(member)}.`),
    );
}

/** -1 is the end of the sequence. */
function tokenCell(id: number | null): Cell {
  return id === null || id === -1 ? { text: id === null ? '–' : 'end', value: id } : count(id);
}

/** Who has no parity run, and what stands in for it. */
function unchecked(groups: readonly Group[]): Block[] {
  const names = membersIn(groups)
    .filter(({ member }) => member.comparable && member.parity.state === 'unchecked')
    .map(({ group, member }) => `${memberName(member)} (${group.weightClass})`);
  if (names.length === 0) return [];
  return [
    note(
      `Without a parity run: ${[...new Set(names)].join(', ')}. They are ranked only where the hashes of the outputs are equal.`,
    ),
  ];
}

export const quality = ofQuestions('quality', 'Quality', ({ data: { groups } }) => [
  withoutConstants(
    tableOf(
      'Questions answered correctly, all runs together',
      membersIn(groups).map((placed) => ({ ...placed, score: memberScore(placed.member.runs) })),
      [
        ...groupFields,
        [
          right('Correct'),
          ({ score }) => (score === null ? 'not judged' : `${correctText(score)} of ${score.questions}`),
        ],
        [right('Answers each'), ({ score }) => (score === null ? '–' : figure(score.answers / score.questions))],
        [
          right('Share', '%'),
          ({ score }) => (score === null ? '–' : shown((score.correct / score.questions) * 100, tenths)),
        ],
        [right('95 % interval', '%'), ({ score }) => intervalText(score)],
        [left('Outputs'), ({ group, member }) => sameOutputs(group, member)],
      ],
    ),
  ),
  note(
    'An answer is correct when its text equals the expected one. Counts are of questions: the same question asked again, in another round or run, is a repeat and no further sample, and a question counts with the share of its answers that were correct. Intervals are Wilson score intervals over questions. Outputs are compared by the hash of all generated token ids of runs with the same seed; outputs that differ may still agree within the tolerances of a parity run.',
  ),
]);

const tenths = (value: number) => value.toFixed(1);

function intervalText(score: QuestionScore | null): string {
  const interval = score === null ? null : wilsonInterval(score.correct, score.questions);
  return interval === null ? '–' : `${tenths(interval.low * 100)} to ${tenths(interval.high * 100)}`;
}
