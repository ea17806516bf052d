/** Did decoding become slower or faster in the course of a run? */

import type { Check } from '../../log/records/certificate-records.ts';
import { qualityLimits } from '../../results/limits.ts';
import { fewestForWaves, pieceTrend } from '../../statistics/piece-trend.ts';

const { falseAlarmRate, doubt, failed } = qualityLimits.drift;
/** Of fewer pieces it cannot be told well enough how long the waves of the noise are: then a trend raises doubt only. */
const fewestToFail = 120;

/** What a trend over a run is worth, whether the run became slower or faster. */
export interface Drift {
  verdict: Check['verdict'];
  /** Change of the time per token over the run; null where it cannot be told. */
  change: number | null;
  words: string;
}

/** @param pieces paces of equal pieces of the measured phase, in their order: decode-pieces.ts */
export function driftOf(pieces: readonly number[]): Drift {
  const found = pieceTrend(pieces);
  if (found === null) return { verdict: 'unknown', change: null, words: whyUnknown(pieces.length) };
  const { p, change, blocks } = found;
  const tested = `permutation of ${blocks} blocks, p = ${p.toPrecision(2)}`;
  const size = Math.abs(change);
  const direction = change > 0 ? 'slower' : 'faster';
  if (p >= falseAlarmRate || size <= doubt) {
    // What noise alone makes as often is no proof that nothing drifted.
    const why = size <= doubt ? 'no drift that counts' : 'no drift that stands out of the noise';
    return { verdict: 'ok', change, words: `${why}: ${percent(size)} ${direction} over the run (${tested})` };
  }
  const words = `decoding became ${percent(size)} ${direction} over the run (${tested})`;
  return { verdict: size > failed && pieces.length >= fewestToFail ? 'failed' : 'doubt', change, words };
}

export function driftCheck({ verdict, change, words }: Drift): Check {
  const helps =
    isTrend(verdict) && change !== null && change > 0
      ? '; see whether clocks, temperature or the work of others changed meanwhile'
      : '';
  return { name: 'drift', limit: failed, unit: '', verdict, value: change, words: `${words}${helps}` };
}

/** Whether the run still became faster while it was measured. */
export function gotFaster({ verdict, change }: Pick<Drift, 'verdict' | 'change'>): boolean {
  return isTrend(verdict) && change !== null && change < 0;
}

function isTrend(verdict: Check['verdict']): boolean {
  return verdict === 'doubt' || verdict === 'failed';
}

function whyUnknown(pieces: number): string {
  return pieces < fewestForWaves
    ? `drift within the run cannot be told from ${pieces} gaps or repetitions; ${fewestForWaves} are needed`
    : 'drift within the run cannot be told: its noise comes in waves too long for it, so only a longer run could tell (--min-seconds N)';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
