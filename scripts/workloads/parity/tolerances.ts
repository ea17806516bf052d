/** The bounds within which a run agrees with its reference; docs/parity.md says how they were found. */
import type { ParityVerdictRecord } from './records.ts';

type Tolerance = ParityVerdictRecord['tolerance'];
type Bounds = Omit<Tolerance, 'weightClass'>;

/** Bounds of unquantised weights, which are the narrowest. */
const unquantized: Bounds = { logitGap: 0.1, top1Agreement: 0.99, klMean: 0.0001 };

const fourBit: Bounds = { logitGap: 2.5, top1Agreement: 0.85, klMean: 0.2 };

/** The loss of the format included. */
const boundsOfClass: Readonly<Record<string, Bounds>> = {
  '32-bit': unquantized,
  '16-bit': { logitGap: 0.3, top1Agreement: 0.98, klMean: 0.0005 },
  '8-bit': { logitGap: 0.5, top1Agreement: 0.95, klMean: 0.01 },
  '6-bit': { logitGap: 1, top1Agreement: 0.92, klMean: 0.02 },
  '5-bit': { logitGap: 1.5, top1Agreement: 0.9, klMean: 0.05 },
  '4-bit': fourBit,
  '4-bit, own quantisation': fourBit,
  '3-bit': { logitGap: 3.5, top1Agreement: 0.75, klMean: 0.5 },
  '2-bit': { logitGap: 5, top1Agreement: 0.55, klMean: 1.5 },
  '1-bit': { logitGap: 7, top1Agreement: 0.3, klMean: 4 },
};

/** Two runs of the same file lose nothing to its format. */
const sameFileBounds: Bounds = { logitGap: 0.5, top1Agreement: 0.96, klMean: 0.005 };

/**
 * The bounds of the weight class, or those of unquantised weights for a class that is not in the table.
 * @param sameFile whether the reference has the very values of this run: then the narrower bound holds
 */
export function toleranceOf(weightClass: string, sameFile: boolean): Tolerance {
  const bounds = boundsOfClass[weightClass] ?? unquantized;
  if (!sameFile) return { weightClass, ...bounds };
  return {
    weightClass,
    logitGap: Math.min(bounds.logitGap, sameFileBounds.logitGap),
    top1Agreement: Math.max(bounds.top1Agreement, sameFileBounds.top1Agreement),
    klMean: Math.min(bounds.klMean, sameFileBounds.klMean),
  };
}
