import { describe, expect, it } from 'vitest';
import {
  chunkFigures,
  figuresOf,
  meanOf,
  percentileOf,
  perplexityOf,
  type ScoredToken,
  sumsOf,
} from '../../../../scripts/workloads/perplexity/figures.ts';

/** Deterministic numbers from 0 to 1. */
const noise = (i: number) => (Math.sin(i * 12.9898) * 43758.5453) % 1 ** 2;

function scored(count: number, offset = 0): ScoredToken[] {
  return Array.from({ length: count }, (_, i) => {
    const referenceNll = 2 + Math.abs(noise(i + offset));
    const nll = referenceNll + 0.1 * noise(i + 7919);
    const shift = Math.exp(-nll) - Math.exp(-referenceNll);
    const kl = Math.abs(noise(i + 31)) ** 3;
    return {
      nll,
      topHit: i % 4 === 0,
      divergence: {
        nll,
        referenceNll,
        storedNll: Math.min(referenceNll, 2.9),
        kl,
        shift,
        top: 0,
        sameTop: i % 5 !== 0,
      },
    };
  });
}

function pairedVariance(differences: readonly number[]): number {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return squares / differences.length / (differences.length - 1);
}

describe('figures of scored tokens', () => {
  const chunks = [scored(300), scored(300, 1000)];
  const all = chunks.flat();
  const divergences = all.flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  const figures = figuresOf(
    chunks.map(chunkFigures),
    divergences.map(({ kl }) => kl),
    divergences.map(({ shift }) => shift),
  );
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('have the perplexity of all tokens together, not the mean over chunks', () => {
    expect(figures.tokens).toBe(600);
    expect(figures.perplexity.value).toBeCloseTo(Math.exp(mean(all.map(({ nll }) => nll))), 10);
    expect(figures.topHits.value).toBe(0.25);
  });

  it('have an error of the ratio that knows the tokens are the same: the spread of the differences', () => {
    const { lnRatio, ratio, divergence } = { ...figures.divergence, divergence: figures.divergence };
    const differences = all.map(({ nll, divergence }) => nll - (divergence?.referenceNll ?? 0));
    expect(lnRatio?.value).toBeCloseTo(mean(differences), 12);
    expect(lnRatio?.error).toBeCloseTo(Math.sqrt(pairedVariance(differences)), 10);
    expect(ratio?.value).toBeCloseTo(Math.exp(mean(differences)), 12);
    expect(divergence?.difference.value).toBeCloseTo(
      figures.perplexity.value - (divergence?.referencePerplexity.value ?? 0),
      10,
    );
  });

  it('keep apart what the floor of the stored reference makes of its perplexity', () => {
    const { referencePerplexity, stored } = figures.divergence ?? {};
    expect(stored?.referencePerplexity.value).toBeLessThan(referencePerplexity?.value ?? 0);
    expect(stored?.lnRatio.value).toBeCloseTo(
      mean(all.map(({ nll, divergence }) => nll - (divergence?.storedNll ?? 0))),
      12,
    );
  });

  it('have the mean square of the shift, its root and its error', () => {
    const squares = divergences.map(({ shift }) => shift ** 2);
    const rms = Math.sqrt(mean(squares));
    expect(figures.divergence?.shiftRms.value).toBeCloseTo(rms, 12);
    expect(figures.divergence?.shiftRms.error).toBeCloseTo((0.5 / rms) * Math.sqrt(pairedVariance(squares)), 12);
    expect(figures.divergence?.sameTop.value).toBe(0.8);
    expect(figures.divergence?.sameTop.error).toBeCloseTo(Math.sqrt((0.8 * 0.2) / 599), 12);
  });

  it('have medians, extremes, and percentiles with at least five tokens beyond them', () => {
    const sorted = divergences.map(({ kl }) => kl).sort((a, b) => a - b);
    expect(figures.divergence?.klMedian).toBe(((sorted[299] ?? 0) + (sorted[300] ?? 0)) / 2);
    expect([figures.divergence?.klMin, figures.divergence?.klMax]).toEqual([sorted[0], sorted[599]]);
    expect(figures.divergence?.klPercentiles['99.9']).toBeNull();
    expect(figures.divergence?.klPercentiles['0.1']).toBeNull();
    // 0.99 · 599 = 593.01
    expect(figures.divergence?.klPercentiles['99']).toBeCloseTo(
      (sorted[593] ?? 0) * 0.99 + (sorted[594] ?? 0) * 0.01,
      12,
    );
  });

  it('are none of a divergence where nothing was compared', () => {
    const alone = chunkFigures(all.map((token) => ({ ...token, divergence: null })));
    expect(alone.divergence).toBeNull();
    expect(figuresOf([alone], [], []).divergence).toBeNull();
    expect(perplexityOf([alone]).value).toBeCloseTo(figures.perplexity.value, 10);
  });
});

describe('a mean', () => {
  it('has no error of ten or fewer, as in llama-perplexity', () => {
    const tens = Array.from({ length: 10 }, (_, i) => i);
    expect(meanOf(sumsOf(tens), 10)).toEqual({ value: 4.5, error: null });
    // 0 to 10: mean of squares 35, square of mean 25, over ten.
    expect(meanOf(sumsOf([...tens, 10]), 11)).toEqual({ value: 5, error: 1 });
  });
});

describe('a percentile', () => {
  it('is linear between neighbours', () => {
    const values = Float64Array.from({ length: 101 }, (_, i) => i * i);
    expect(percentileOf(values, 0.9)).toBeCloseTo(8100, 9);
    expect(percentileOf(values, 0.905)).toBeCloseTo((8100 + 8281) / 2, 9);
    expect(percentileOf(values, 0.99)).toBeNull();
  });
});
