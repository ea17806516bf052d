/**
 * A run on the roofline of its host (Williams, Waterman, Patterson 2009): the arithmetic that it did, the arithmetic per
 * byte that it read, and how far below the measured ceilings that is.
 */
import type { ArithmeticCeiling, BandwidthCeiling } from '../hardware/ceilings.ts';
import type { ModelRecord } from '../models/model-record.ts';

/** Below that share of a ceiling something else than the work takes the time, or something else does the work. */
const farBelow = 0.1;
/** Shorter prompts leave most of the arithmetic idle, whatever computes them. */
const longPromptTokens = 128;

export type RooflineFlag =
  | 'above_bandwidth_ceiling'
  | 'above_arithmetic_ceiling'
  | 'far_below_ceiling'
  | 'fits_in_cache';

/** What doubts the run; that it fits into a cache does not. */
export const faultFlags: readonly RooflineFlag[] = [
  'above_bandwidth_ceiling',
  'above_arithmetic_ceiling',
  'far_below_ceiling',
];

/** Parameters that one token is multiplied with; where a log does not say, those behind the bytes that it reads. */
export function activeParameters(model: ModelRecord): number {
  if (model.activeParameters !== undefined) return model.activeParameters;
  if (model.effectiveBitsPerWeight <= 0) return model.parameters;
  return Math.min(model.parameters, (model.weightBytesPerToken * 8) / model.effectiveBitsPerWeight);
}

export interface Work {
  /** Floating point operations per second. */
  flopsPerSecond: number;
  flopsPerByte: number;
}

/** 2 x parameters operations a token: a multiplication and an addition for each. */
export function workOf(parameters: number, tokensPerSecond: number, tokensAtOnce: number, bytesRead: number): Work {
  return {
    flopsPerSecond: 2 * parameters * tokensPerSecond,
    flopsPerByte: bytesRead > 0 ? (2 * parameters * tokensAtOnce) / bytesRead : 0,
  };
}

/** The ceiling that is lower at this intensity. */
export function boundOf(
  work: Work,
  bandwidth: BandwidthCeiling,
  arithmetic: ArithmeticCeiling,
): 'memory' | 'cache' | 'arithmetic' {
  return work.flopsPerByte * bandwidth.perSecond < arithmetic.perSecond ? bandwidth.level : 'arithmetic';
}

export interface Utilization {
  mbu: number | null;
  mfu: number | null;
  level: BandwidthCeiling['level'] | null;
  /** Prompt tokens evaluated at once. */
  promptTokens: number;
}

export function rooflineFlags({ mbu, mfu, level, promptTokens }: Utilization): RooflineFlag[] {
  const flags: RooflineFlag[] = [];
  if (mbu !== null && mbu > 1) flags.push('above_bandwidth_ceiling');
  if (mfu !== null && mfu > 1) flags.push('above_arithmetic_ceiling');
  // A small model in a cache is slow for other reasons: what each token costs beside its arithmetic.
  const slowDecode = mbu !== null && level === 'memory' && mbu < farBelow;
  const slowPrefill = mfu !== null && level === 'memory' && promptTokens >= longPromptTokens && mfu < farBelow;
  if (slowDecode || slowPrefill) flags.push('far_below_ceiling');
  if (level === 'cache') flags.push('fits_in_cache');
  return flags;
}
