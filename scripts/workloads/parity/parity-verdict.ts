/** The bounds within which a run agrees with its reference. */
import { defaults } from '../../settings/defaults.ts';
import type { ParityVerdictRecord } from './records.ts';

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
