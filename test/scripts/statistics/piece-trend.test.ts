import { describe, expect, it } from 'vitest';
import { equalPieces, type Gap, relativeGaps } from '../../../scripts/results/figures/decode-pieces.ts';
import { blockMeans, likelyAutocorrelation, pieceTrend } from '../../../scripts/statistics/piece-trend.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { simulatedGaps } from '../../fakes/simulated-gaps.ts';

describe('the trend of pieces', () => {
  it('has the p-value that the orders of its blocks have', () => {
    // A perfect order of seven: it and its mirror image of 5,040.
    expect(pieceTrend([1, 2, 3, 4, 5, 6, 7], true)).toMatchObject({ p: 2 / 5040, blocks: 7 });
    // Two neighbours have changed places: by hand, the sum of place x level, levels being logarithms of powers of two,
    // is 27 instead of 28. Twelve orders of 5,040 reach it with their mirror images: the perfect one and six neighbours' changes.
    expect(pieceTrend([1, 2, 4, 8, 16, 64, 32], true)?.p).toBeCloseTo(14 / 5040, 12);
  });

  it('has the change from the first to the last along the line that fits the logarithms', () => {
    const rising = Array.from({ length: 240 }, (_, i) => 100 * 1.001 ** i);
    expect(pieceTrend(rising)?.change).toBeCloseTo(1.001 ** 239 - 1, 6);
    expect(pieceTrend(rising.toReversed())?.change).toBeCloseTo(1.001 ** -239 - 1, 6);
    expect(pieceTrend(rising)?.p).toBeLessThan(0.001);
  });

  it('is none in equal pieces, and not known of few ones', () => {
    expect(pieceTrend(new Array(60).fill(7))).toEqual({ p: 1, change: expect.closeTo(0, 12), blocks: 12 });
    expect(pieceTrend(new Array(23).fill(7))).toBeNull();
    expect(pieceTrend(new Array(6).fill(7), true)).toBeNull();
    expect(pieceTrend(new Array(60).fill(0))).toBeNull();
  });

  it('is not told from a wave as long as the run', () => {
    const wave = Array.from({ length: 120 }, (_, i) => 10 + Math.sin(i / 15) + 0.001 * (i % 2));
    expect(pieceTrend(wave)).toBeNull();
  });

  it('blocks are neighbours, and nearly equal', () => {
    expect(blockMeans([1, 3, 5, 7, 9], 2)).toEqual([3, 8]);
  });
});

describe('the autocorrelation of noise', () => {
  const random = seededRandom(7);
  const white = Array.from({ length: 200 }, () => 10 + random());
  const waves = white.map((_, i) => 10 + (white[Math.floor(i / 10)] ?? 0));

  it('is small of white noise and large of waves, whatever trend they have', () => {
    expect(likelyAutocorrelation(white)).toBeLessThan(0.25);
    expect(likelyAutocorrelation(waves)).toBeGreaterThan(0.8);
    const step = white.map((value, i) => (i < 80 ? 2 * value : value));
    const curve = white.map((value, i) => value * (1 + Math.exp(-i / 40)));
    expect(likelyAutocorrelation(step)).toBeLessThan(0.3);
    expect(likelyAutocorrelation(curve)).toBeLessThan(0.3);
    expect(likelyAutocorrelation(new Array(30).fill(1 / 3))).toBe(0);
  });
});

describe('gaps as pieces', () => {
  const gap = (answer: number, step: number, ns: number): Gap => ({ answer, step, ns });

  it('are held against those in the same place of other answers', () => {
    const gaps = [
      gap(0, 1, 30),
      gap(0, 2, 10),
      gap(0, 3, 12),
      gap(1, 1, 60),
      gap(1, 2, 10),
      gap(2, 1, 45),
      gap(2, 2, 20),
    ];
    // Medians: first gaps 45, second ones 10; the third has one answer only.
    expect(relativeGaps(gaps)).toEqual([30 / 45, 1, 60 / 45, 1, 1, 2]);
    expect(relativeGaps(gaps, ({ answer }) => answer === 1)).toEqual([60 / 45, 1]);
    expect(relativeGaps([gap(0, 1, 30), gap(0, 2, 10)])).toEqual([]);
  });

  it('count a stall as three', () => {
    expect(relativeGaps([gap(0, 1, 10), gap(1, 1, 10), gap(2, 1, 1000)])).toEqual([1, 1, 3]);
  });

  it('of several tokens in a chunk have the pace of all', () => {
    const chunked = [0, 1, 2, 3].flatMap((answer) => [0, 0, 40].map((ns) => gap(answer, 3, ns)));
    expect(equalPieces(relativeGaps(chunked)).every((piece) => piece >= 0)).toBe(true);
  });

  it('make pieces of eight, of more where there are many, of fewer where there are few', () => {
    const pieces = (count: number) => equalPieces(new Array(count).fill(1)).length;
    expect([1, 59, 240, 960, 1920, 2400, 24_000].map(pieces)).toEqual([1, 59, 60, 120, 240, 240, 240]);
    // What does not fill a piece is left out at the beginning.
    expect(equalPieces([9, ...new Array(120).fill(1)])).toEqual(new Array(60).fill(1));
  });

  it('of answers of different lengths show no trend, though answers of one length come first', () => {
    const even = simulatedGaps({ noise: 0, tokens: 2000 }, 3);
    const byLength = [...new Set(even.map(({ answer }) => answer))].toSorted(
      (a, b) => even.filter(({ answer }) => answer === a).length - even.filter(({ answer }) => answer === b).length,
    );
    const sorted = byLength.flatMap((answer) => even.filter((one) => one.answer === answer));
    const found = pieceTrend(equalPieces(relativeGaps(sorted)));
    expect(Math.abs(found?.change ?? 0)).toBeLessThan(0.02);
  });
});
