import { describe, expect, it, test } from 'vitest';
import { mcNemar, smallestPairedDifference, wilsonInterval } from '../../../scripts/statistics/proportions.ts';
import {
  type AnsweredTask,
  comparePaired,
  pairedSentence,
  pText,
} from '../../../scripts/workloads/accuracy/figures.ts';

describe("McNemar's test", () => {
  // scipy 1.17.1: binomtest(b, b + c).pvalue. By hand, 1 of 10: 2 (1 + 10) / 2^10 = 0.0215.
  test.each([
    [1, 9, 0.021484375],
    [0, 6, 0.03125],
    [0, 5, 0.0625],
    [3, 10, 0.09228515625],
    [7, 7, 1],
    [12, 12, 1],
    [5, 19, 0.006610751152038574],
    [0, 0, 1],
  ])('is exact where fewer than 25 items differ: %i and %i', (b, c, p) => {
    expect(mcNemar(b, c)).toBeCloseTo(p, 12);
    expect(mcNemar(c, b)).toBeCloseTo(p, 12);
  });

  // scipy 1.17.1: chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1).
  test.each([
    [10, 15, 0.4237107971667936],
    [5, 20, 0.005110260660855866],
    [100, 150, 0.0019415397850404208],
    [86, 150, 4.114562281345944e-5],
    [30, 31, 1],
    [40, 40, 1],
  ])('is chi-squared with continuity correction from 25 on: %i and %i', (b, c, p) => {
    expect(mcNemar(b, c)).toBeCloseTo(p, 6);
  });
});

describe('the smallest detectable difference', () => {
  it("is the one for which Connor's formula asks for these items", () => {
    // (1.959964 sqrt(0.2) + 0.841621 sqrt(0.2 - 0.01))^2 / 0.01 = 154.6 items for 10 points at 20 % discordant.
    expect(smallestPairedDifference(155, 31, 0.05)).toBeCloseTo(0.0999, 3);
  });

  it('is never below what the exact test can find at all', () => {
    // Six items, all in one direction, are the fewest with p below 0.05: 2 / 2^6 = 0.031.
    expect(smallestPairedDifference(10, 0, 0.05)).toBeGreaterThanOrEqual(0.6);
  });

  it('is none where there are too few items for any', () => {
    expect(smallestPairedDifference(5, 0, 0.05)).toBeNull();
    expect(smallestPairedDifference(6, 0, 0.05)).not.toBeNull();
  });

  it('grows with the number of comparisons and shrinks with the number of items', () => {
    const at = (items: number, level: number) => smallestPairedDifference(items, items / 10, level) ?? 1;
    expect(at(100, 0.05 / 10)).toBeGreaterThan(at(100, 0.05));
    expect(at(1000, 0.05)).toBeLessThan(at(100, 0.05));
  });
});

test("Wilson's interval is that of Newcombe's published example, 81 of 263", () => {
  // Newcombe 1998, Statistics in Medicine 17, table I: 0.2553 to 0.3662.
  const interval = wilsonInterval(81, 263);
  expect(interval?.low).toBeCloseTo(0.2553, 4);
  expect(interval?.high).toBeCloseTo(0.3662, 4);
  // 0 of 20, the same table: 0 to 0.1611.
  expect(wilsonInterval(0, 20)?.high).toBeCloseTo(0.1611, 4);
  expect(wilsonInterval(0, 0)).toBeNull();
});

/** Items 0 to n - 1, of which some are wrong. */
function answered(change: Partial<AnsweredTask>, items: number, wrong: readonly number[]): AnsweredTask {
  return {
    task: 'arithmetic',
    terms: 'the same',
    framework: 'a',
    quantize: 'f16',
    bitsPerWeight: 16,
    correct: new Map(Array.from({ length: items }, (_, i) => [`${i}`, !wrong.includes(i)])),
    ...change,
  };
}

const from = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

describe('paired comparisons', () => {
  it('counts the items that only one has right, and corrects after Holm over all of them', () => {
    const pairs = comparePaired([
      answered({}, 100, from(0, 10)),
      answered({ quantize: 'q4_0', bitsPerWeight: 4.5 }, 100, [...from(2, 10), ...from(50, 65)]),
      answered({ quantize: 'q8_0', bitsPerWeight: 8.5 }, 100, from(0, 11)),
    ]);
    // Only f16 has 50 to 64 right, only q4_0 has 0 and 1: b 15, c 2; 2 (1 + 17 + 136) / 2^17 = 0.00235.
    expect(pairs).toMatchObject([
      {
        compared: { quantize: 'q4_0' },
        reference: { quantize: 'f16' },
        onlyReference: 15,
        onlyCompared: 2,
        items: 100,
      },
      { compared: { quantize: 'q8_0' }, reference: { quantize: 'f16' }, onlyReference: 1, onlyCompared: 0 },
    ]);
    expect(pairs[0]?.p).toBeCloseTo(0.00235, 5);
    expect(pairs[0]?.corrected).toBeCloseTo(0.0047, 4);
    expect(pairs[0]?.verdict).toBe('worse');
    expect(pairs[0]?.difference).toBeCloseTo(-0.13, 10);
    expect(pairs[1]?.verdict).toBe('no detectable difference');
  });

  it('holds each format against the widest, each framework against the first, and nothing against other items', () => {
    const pairs = comparePaired([
      answered({ quantize: 'q8_0', bitsPerWeight: 8.5 }, 10, []),
      answered({}, 10, []),
      answered({ framework: 'b' }, 10, []),
      answered({ terms: 'others', framework: 'c' }, 10, []),
    ]);
    expect(pairs.map(({ compared, reference }) => [compared, reference])).toEqual([
      [
        { framework: 'a', quantize: 'q8_0' },
        { framework: 'a', quantize: 'f16' },
      ],
      [
        { framework: 'b', quantize: 'f16' },
        { framework: 'a', quantize: 'f16' },
      ],
    ]);
  });

  it('says no more than it found', () => {
    const [pair] = comparePaired([answered({}, 100, []), answered({ framework: 'b' }, 100, [1])]);
    expect(pair === undefined ? '' : pairedSentence(pair)).toMatch(
      /^no detectable difference on 100 items; the smallest detectable is about \d+(\.\d)? points$/,
    );
    const [few] = comparePaired([answered({}, 3, []), answered({ framework: 'b' }, 3, [1])]);
    expect(few === undefined ? '' : pairedSentence(few)).toContain('too few to tell any');
    const [clear] = comparePaired([answered({}, 100, []), answered({ framework: 'b' }, 100, from(0, 20))]);
    expect(clear === undefined ? '' : pairedSentence(clear)).toBe('20 points worse on 100 items');
    expect([pText(1), pText(0.0234), pText(1e-9)]).toEqual(['1', '0.0234', '< 0.0001']);
  });
});
