/**
 * A run on the roofline of its host (Williams, Waterman, Patterson 2009): the arithmetic that it did, the arithmetic per
 * byte that it read, and how far below the measured ceilings that is.
 */

import type { ModelRecord } from '../../log/records/model-record.ts';
import type { ArithmeticCeiling, BandwidthCeiling } from './ceilings.ts';

/** Below that share of a ceiling something else than the work takes the time, or something else does the work. */
const farBelow = 0.1;
/** Shorter prompts leave most of the arithmetic idle, no matter what computes them. */
export const longPromptTokens = 128;

export type RooflineFlag =
  | 'above_bandwidth_ceiling'
  | 'above_arithmetic_ceiling'
  | 'decode_far_below_ceiling'
  | 'prefill_far_below_ceiling'
  | 'fits_in_cache';

/** What doubts the run; that it fits into a cache does not. */
export const faultFlags: readonly RooflineFlag[] = [
  'above_bandwidth_ceiling',
  'above_arithmetic_ceiling',
  'decode_far_below_ceiling',
  'prefill_far_below_ceiling',
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

/** The ceiling that is lower at this intensity; null where it is not known what the bandwidth is of. */
export function boundOf(
  work: Work,
  bandwidth: BandwidthCeiling,
  arithmetic: ArithmeticCeiling,
): NonNullable<BandwidthCeiling['level']> | 'arithmetic' | null {
  if (bandwidth.level === null) return null;
  return work.flopsPerByte * bandwidth.perSecond < arithmetic.perSecond ? bandwidth.level : 'arithmetic';
}

export interface Utilization {
  mbu: number | null;
  mfu: number | null;
  level: BandwidthCeiling['level'] | null;
  /** Prompt tokens evaluated at once. */
  promptTokens: number;
  /** The time is that to the first token: the prompt was evaluated faster than the rate says. */
  prefillIsLowerBound: boolean;
}

/** Each phase by its own rule: a slow prompt is no reason to doubt the decoding, nor the other way round. */
export function rooflineFlags(utilization: Utilization): RooflineFlag[] {
  const { mbu, mfu, level, promptTokens, prefillIsLowerBound } = utilization;
  const flags: RooflineFlag[] = [];
  if (mbu !== null && mbu > 1) flags.push('above_bandwidth_ceiling');
  if (mfu !== null && mfu > 1) flags.push('above_arithmetic_ceiling');
  // A small model in a cache is slow for other reasons: what each token costs beside its arithmetic.
  if (mbu !== null && level === 'memory' && mbu < farBelow) flags.push('decode_far_below_ceiling');
  const isJudged = level === 'memory' && promptTokens >= longPromptTokens && !prefillIsLowerBound;
  if (mfu !== null && isJudged && mfu < farBelow) flags.push('prefill_far_below_ceiling');
  if (level === 'cache') flags.push('fits_in_cache');
  return flags;
}
