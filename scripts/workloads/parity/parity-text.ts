/** A parity check as a person reads it in the terminal. */
import { counted, significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { type FirstDivergence, nats, type ParityFigures, share } from '../../log/figures/parity-figures.ts';
import { type NotRun, notRunTable } from '../../run/refusal.ts';
import { nameOf } from '../reference/reference-choice.ts';
import type { ComparedTrial } from '../trials.ts';
import type { ParityGroupResult, ParityStanding } from './parity-pass.ts';

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

/** What a comparison was held against, in one line; a second one when it is not the usual reference. */
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
  return [framework, quantize, ...cells(standing.figures), verdictText(standing)];
}

export function verdictText({ status, self, figures }: ParityRow['standing']): string {
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
    [`${paint('red', 'failed')} ${framework} ${quantize}`, ...standing.reasons.map((reason) => `  ${reason}`)].join(
      '\n',
    ),
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

/** What was compared with, and how much was asked. */
export interface ParityReferenceRow {
  name: string;
  framework: string;
  quantize: string;
  model: string;
  /** Why it is not the usual one; null when it is. */
  note: string | null;
  questions: number;
  maxTokens: number;
  /** Of the reference held against itself. */
  standing: ParityStanding;
}

export interface ParityRow {
  framework: string;
  quantize: string;
  weightClass: string;
  standing: Extract<ParityStanding, { status: 'passed' | 'failed' }>;
}

export interface ParityResult {
  references: ParityReferenceRow[];
  rows: ParityRow[];
  /** Those without a verdict, each with its reason. */
  notJudged: NotRun[];
}

export function parityResult(cells: readonly ComparedTrial[], groups: readonly ParityGroupResult[]): ParityResult {
  return {
    references: groups.map(referenceRow),
    rows: cells.flatMap(({ framework, quantize, weightClass, parity }) =>
      parity === null || parity.status === 'not judged' ? [] : [{ framework, quantize, weightClass, standing: parity }],
    ),
    notJudged: cells.flatMap(notJudged),
  };
}

export function referenceRow(group: ParityGroupResult): ParityReferenceRow {
  const { framework, model, note } = group.reference;
  return {
    name: nameOf(group.reference),
    framework: framework.name,
    quantize: model.record.quantization.got,
    model: model.record.name,
    note,
    questions: group.questions,
    maxTokens: group.maxTokens,
    standing: group.standing,
  };
}

/** Why a cell has no verdict; empty for one that has. */
function notJudged({ framework, quantize, problems, parity }: ComparedTrial): NotRun[] {
  const rows = problems.map((problem) => ({ framework, quantize, ...problem }));
  if (parity?.status !== 'not judged') return rows;
  const { cause, reason, remedy } = parity;
  return [...rows, { framework, quantize, status: cause, reason, remedy }];
}
