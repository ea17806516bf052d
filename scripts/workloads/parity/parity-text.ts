/** A parity check as a person reads it in the terminal. */
import { counted, significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { titleOfFramework } from '../../frameworks/registry.ts';
import { type FirstDivergence, nats, type ParityFigures, share } from '../../log/figures/parity-figures.ts';
import { notRunTable } from '../../run/refusal.ts';
import { partOutcomes } from '../reference/compare-trials.ts';
import type { GroupOutcome } from '../reference/pass.ts';
import { nameOf } from '../reference/reference-choice.ts';
import type { ComparedTrial } from '../trials.ts';
import { type Judged, type ParityWish, parityExtent } from './workload.ts';

export function parityText(result: ParityResult): string {
  const parts = [
    ...result.references.map(referenceText),
    ...(result.rows.length === 0
      ? []
      : [figuresTable(result), ...result.rows.flatMap(reasons), tolerances(result.rows)]),
    ...(result.notJudged.length === 0 ? [] : [`${paint('bold', 'Not judged')}\n${notRunTable(result.notJudged)}`]),
  ];
  return parts.join('\n\n');
}

/** The reference of a comparison in one line; a second one when it is not the usual reference. */
export function referenceText({ name, model, questions, maxTokens, note }: ParityReferenceRow): string {
  const asked = `${counted(questions, 'questions')}, at most ${counted(maxTokens, 'tokens')} each`;
  return `${paint('bold', `Parity with ${name}`)} (${model}): greedy answers and logits, ${asked}${note === null ? '' : `\n${note}`}`;
}

function figuresTable({ references, rows }: ParityResult): string {
  const header = [
    'framework',
    'weights',
    'equal answers',
    'equal tokens',
    'first divergence',
    'largest gap',
    'top-1',
    'KL mean (nats)',
    'KL max',
    'verdict',
  ];
  const ofReferences = references.flatMap(({ framework, quantize, standing }) =>
    standing.status === 'not judged' || rows.some((row) => row.standing === standing)
      ? []
      : [{ framework, quantize, weightClass: standing.tolerance.weightClass, standing }],
  );
  return table(header, [...ofReferences, ...rows].map(line), 'llrrlrrrrl', {
    dropFirst: ['KL max', 'largest gap', 'equal answers', 'KL mean (nats)', 'first divergence'],
  });
}

function line({ framework, quantize, standing }: ParityRow): string[] {
  return [titleOfFramework(framework), quantize, ...cells(standing.figures), verdictText(standing)];
}

export function verdictText({ status, self, figures }: Judged): string {
  if (status === 'failed') return 'failed';
  if (self) return 'the reference';
  return figures.positions === 0 ? 'passed, by tokens alone' : 'passed';
}

function cells(figures: ParityFigures): string[] {
  const { firstDivergence, clearestDivergence, top1Agreement, klMean, klMax } = figures;
  return [
    `${figures.equalAnswers}/${figures.questions}`,
    `${figures.equalTokens}/${figures.referenceTokens}`,
    firstDivergence === null ? '-' : divergenceText(firstDivergence),
    clearestDivergence === null ? '-' : significant(clearestDivergence.referenceGap),
    top1Agreement === null ? '-' : share(top1Agreement),
    klMean === null ? '-' : nats(klMean),
    klMax === null ? '-' : nats(klMax),
  ];
}

/** 'token 12 (gap 0.017)': the gap is that of the reference's own choice. */
export function divergenceText({ position, referenceGap }: FirstDivergence): string {
  return `token ${position} (gap ${significant(referenceGap)})`;
}

function reasons({ framework, quantize, standing }: ParityRow): string[] {
  if (standing.status === 'passed') return [];
  return [
    [
      `${paint('red', 'failed')} ${titleOfFramework(framework)} ${quantize}`,
      ...standing.reasons.map((reason) => `  ${reason}`),
    ].join('\n'),
  ];
}

function tolerances(rows: readonly ParityRow[]): string {
  const different = new Map(rows.map(({ standing: { tolerance } }) => [JSON.stringify(tolerance), tolerance]));
  const lines = [...different.values()].map(
    ({ weightClass, logitGap, top1Agreement, klMean }) =>
      `${weightClass} gap below ${logitGap}, top-1 at least ${share(top1Agreement)}, KL mean at most ${nats(klMean)}`,
  );
  return paint('dim', `Tolerances: ${lines.join('; ')}. Gaps are top-1 minus top-2 logit; see docs/parity.md.`);
}

// The outcome of a parity check as tables and JSON have it.

export type ParityReferenceRow = ReturnType<typeof referenceRows>[number];
type ParityRow = ParityResult['rows'][number];
export type ParityResult = ReturnType<typeof parityResult>;

export function parityResult(
  cells: readonly ComparedTrial[],
  groups: ReadonlyArray<GroupOutcome<Judged>>,
  wish: ParityWish,
) {
  const { judged, notJudged } = partOutcomes(cells, ({ parity }) => parity);
  return {
    references: referenceRows(groups, wish),
    rows: judged.map(({ cell: { framework, quantize, weightClass }, outcome }) => {
      return { framework, quantize, weightClass, standing: outcome };
    }),
    /** Those without a verdict, each with its reason. */
    notJudged,
  };
}

/** What was compared with, and how much was asked. */
export function referenceRows(groups: ReadonlyArray<GroupOutcome<Judged>>, wish: ParityWish) {
  return groups.flatMap(({ reference, standing }) => {
    if (reference === null || standing === null) return [];
    const { framework, model, note } = reference;
    const { questions, maxTokens } = parityExtent(wish, model.record);
    return [
      {
        name: nameOf(reference),
        framework: framework.name,
        quantize: model.record.quantization.got,
        model: model.record.name,
        /** Why it is not the usual one; null when it is. */
        note,
        questions: questions.questions.length,
        maxTokens,
        /** The outcome of the reference, compared with itself. */
        standing,
      },
    ];
  });
}
