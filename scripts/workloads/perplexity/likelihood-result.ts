/** The outcome of scoring a text as tables and JSON have it. */
import type { NotRun } from '../../run/refusal.ts';
import type { ComparedTrial } from '../trials.ts';
import type { LikelihoodGroupResult } from './likelihood-pass.ts';
import type { LikelihoodStanding, Scored } from './likelihood-standing.ts';
import type { PerplexityRecord, TextRecord } from './records.ts';

export interface LikelihoodRow {
  framework: string;
  quantize: string;
  weightClass: string;
  /** What it was held against; null where nothing was compared. */
  reference: Scored['reference'];
  figures: PerplexityRecord;
  /** Tokens evaluated per second of scoring, whatever of them counts. */
  evaluatedTokensPerSecond: number;
  text: TextRecord;
  log: string;
}

export interface LikelihoodResult {
  /** Why a reference is not the usual one. */
  notes: string[];
  rows: LikelihoodRow[];
  /** Those without figures, each with its reason. */
  notScored: NotRun[];
}

/** @param standings of the cells that could run */
export function likelihoodResult(
  cells: readonly ComparedTrial[],
  standings: ReadonlyMap<ComparedTrial, LikelihoodStanding>,
  groups: readonly LikelihoodGroupResult[],
): LikelihoodResult {
  const rows: LikelihoodRow[] = [];
  const notScored: NotRun[] = [];
  const seen = new Set<LikelihoodStanding>();
  for (const { reference, standing } of groups) {
    if (reference === null || standing === null) continue;
    const { framework, model } = reference;
    const { got: quantize, weightClass } = model.record.quantization;
    add({ framework: framework.name, quantize, weightClass }, standing);
  }
  for (const cell of cells) {
    notScored.push(
      ...cell.problems.map((problem) => ({ framework: cell.framework, quantize: cell.quantize, ...problem })),
    );
    const standing = standings.get(cell);
    if (standing !== undefined) add(cell, standing);
  }
  return { notes: notesOf(groups), rows, notScored };

  function add(of: Pick<LikelihoodRow, 'framework' | 'quantize' | 'weightClass'>, standing: LikelihoodStanding): void {
    // A cell that is the reference has its standing, and stands there already.
    if (seen.has(standing)) return;
    seen.add(standing);
    const { framework, quantize, weightClass } = of;
    if (standing.status === 'scored') rows.push({ framework, quantize, weightClass, ...facts(standing) });
    else {
      const { cause: status, reason, remedy } = standing;
      notScored.push({ framework, quantize, status, reason, remedy });
    }
  }
}

function facts({ reference, figures, text, log }: Scored) {
  return { reference, figures, evaluatedTokensPerSecond: evaluatedPerSecond(figures), text, log };
}

export function evaluatedPerSecond({ evaluatedTokens, durationNs }: PerplexityRecord): number {
  return evaluatedTokens / (durationNs / 1e9);
}

function notesOf(groups: readonly LikelihoodGroupResult[]): string[] {
  return groups.flatMap(({ reference }) => (reference === null || reference.note === null ? [] : [reference.note]));
}
