/** The outcome of a parity check as tables and JSON have it. */
import type { NotRun } from '../../run/refusal.ts';
import { nameOf } from '../reference/reference-choice.ts';
import type { ComparedTrial } from '../trials.ts';
import type { ParityGroupResult } from './parity-pass.ts';
import type { ParityStanding } from './parity-standing.ts';

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
