/** Did decoding become slower or faster in the course of a run? */
import { fewestForTrend, trend } from '../trend-test.ts';
import type { Check } from './certificate-records.ts';
import { limits } from './limits.ts';

const { falseAlarmRate, doubt, failed } = limits.certificate.drift;

/** @param paces milliseconds per token of the answers or repetitions, in their order */
export function driftCheck(paces: readonly number[]): Check {
  const facts = { name: 'drift', limit: failed, unit: '' } as const;
  const needed = fewestForTrend(falseAlarmRate);
  const found = paces.length < needed ? null : trend(paces);
  if (found === null) {
    const words = `drift within the run cannot be told from ${paces.length} answers or repetitions; ${needed} are needed`;
    return { ...facts, verdict: 'unknown', value: null, words };
  }
  const size = Math.abs(found.change);
  if (found.p >= falseAlarmRate || size <= doubt) {
    const words = `no drift: Mann-Kendall p = ${found.p.toPrecision(2)}, ${percent(size)} over the run`;
    return { ...facts, verdict: 'ok', value: found.change, words };
  }
  const direction = found.change > 0 ? 'slower' : 'faster';
  return {
    ...facts,
    verdict: size > failed ? 'failed' : 'doubt',
    value: found.change,
    words: `decoding became ${percent(size)} ${direction} over the run (Mann-Kendall p = ${found.p.toPrecision(2)}); check temperature, clocks and other load, and warm up longer with --warmup N`,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
