/** Passed or not, and why not in words, by the tolerances of the weight class. */

import { significant } from '../../command-line/format.ts';
import { divergencesOf, earliest, type FirstDivergence, parityFigures } from '../../log/figures/parity-figures.ts';
import { nats, share } from '../../log/figures/parity-units.ts';
import type { ParityRecord, ParityVerdictRecord } from '../../log/run-log-format.ts';
import { defaults } from '../../settings/defaults.ts';

type Tolerance = ParityVerdictRecord['tolerance'];

/**
 * The bounds of the weight class; of a class that no table has, those of unquantised weights, which are the narrowest.
 * @param sameFile whether the reference has the very values of this run: then the format explains no difference
 */
export function toleranceOf(weightClass: string, sameFile: boolean): Tolerance {
  const { tolerances, sameFileTolerance } = defaults.parity;
  const { logitGap, top1Agreement, klMean } = tolerances[weightClass] ?? tolerances['32-bit'];
  if (!sameFile) return { weightClass, logitGap, top1Agreement, klMean };
  return {
    weightClass,
    logitGap: Math.min(logitGap, sameFileTolerance.logitGap),
    top1Agreement: Math.max(top1Agreement, sameFileTolerance.top1Agreement),
    klMean: Math.min(klMean, sameFileTolerance.klMean),
  };
}

/** @param title of the framework, for the reasons */
export function judge(records: readonly ParityRecord[], title: string, tolerance: Tolerance): ParityVerdictRecord {
  const { positions } = parityFigures(records);
  const reasons = positions === 0 ? differentTokens(records, title) : beyondTolerance(records, tolerance);
  return { type: 'parity_verdict', passed: reasons.length === 0, reasons, tolerance };
}

/** Without logits a difference cannot be explained, so there may be none. */
function differentTokens(records: readonly ParityRecord[], title: string): string[] {
  const divergences = divergencesOf(records).toSorted(earliest);
  const [first] = divergences;
  if (first === undefined) return [];
  return [
    `${divergences.length} of ${records.length} answers diverge, the first ${at(first)}, and ${title} shows no logits that could explain it`,
  ];
}

function beyondTolerance(records: readonly ParityRecord[], tolerance: Tolerance): string[] {
  const reasons: string[] = [];
  const clear = divergencesOf(records)
    .filter(({ referenceGap }) => referenceGap >= tolerance.logitGap)
    .toSorted(earliest);
  const [first] = clear;
  if (first !== undefined) {
    reasons.push(
      `${clear.length} of ${records.length} answers diverge where the reference's own choice was clear, the first ${at(first)} (gap ${significant(first.referenceGap)}, tolerance ${tolerance.logitGap})`,
    );
  }
  const { top1Agreement, klMean, positions } = parityFigures(records);
  if (top1Agreement !== null && top1Agreement < tolerance.top1Agreement) {
    reasons.push(
      `both put the same token first at ${share(top1Agreement)} of ${positions} positions, less than ${share(tolerance.top1Agreement)}`,
    );
  }
  if (klMean !== null && klMean > tolerance.klMean) {
    reasons.push(`the mean KL divergence is ${nats(klMean)} nats, more than ${nats(tolerance.klMean)}`);
  }
  return reasons;
}

function at({ position, question }: FirstDivergence): string {
  return `at token ${position} of "${question}"`;
}
