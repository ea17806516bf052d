import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { greedyChoice, klDivergence } from '../../../../scripts/workloads/parity/compare-answers.ts';

const row = (...logits: number[]) => Float32Array.from(logits);

/** Straight from the definition, with nothing taken out against overflow: good for small logits only. */
function slowDivergence(p: readonly number[], q: readonly number[]): number {
  const softmax = (logits: readonly number[]) => {
    const weights = logits.map((logit) => Math.E ** logit);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const ofQ = softmax(q);
  return softmax(p).reduce((sum, share, i) => sum + share * Math.log2(share / (ofQ[i] ?? 0)), 0) * Math.LN2;
}

describe('the greedy choice', () => {
  it.each([
    { logits: [1, 4, 2.5], token: 1, gap: 1.5 },
    { logits: [-3, -7, -4], token: 0, gap: 1 },
    { logits: [0, 2, 2], token: 1, gap: 0 },
    { logits: [5, Number.NEGATIVE_INFINITY], token: 0, gap: Number.POSITIVE_INFINITY },
  ])('of $logits is token $token by $gap', ({ logits, token, gap }) => {
    expect(greedyChoice(row(...logits))).toEqual({ token, gap });
  });
});

describe('the KL divergence', () => {
  it('is what paper and pencil say', () => {
    // P = (3/4, 1/4), Q = (1/2, 1/2): 3/4 ln(3/2) + 1/4 ln(1/2)
    expect(klDivergence(row(Math.log(3), 0), row(0, 0))).toBeCloseTo(0.130812, 6);
    // The other way round: 1/2 ln(2/3) + 1/2 ln 2
    expect(klDivergence(row(0, 0), row(Math.log(3), 0))).toBeCloseTo(0.143841, 6);
  });

  it('is nothing between equals, wherever their logits lie', () => {
    expect(klDivergence(row(1, 2, 3), row(1, 2, 3))).toBe(0);
    expect(klDivergence(row(1, 2, 3), row(1001, 1002, 1003))).toBeCloseTo(0, 6);
    expect(klDivergence(row(80_000, 0), row(80_000, 0))).toBe(0);
  });

  it('agrees with the definition on random rows', () => {
    const random = seededRandom(7);
    for (let trial = 0; trial < 50; trial++) {
      const logits = () => Array.from({ length: 100 }, () => Math.fround(12 * random() - 6));
      const [p, q] = [logits(), logits()];
      expect(klDivergence(row(...p), row(...q))).toBeCloseTo(slowDivergence(p, q), 9);
    }
  });

  it('counts nothing for a token without probability, and is infinite where only the candidate rules one out', () => {
    const none = Number.NEGATIVE_INFINITY;
    expect(klDivergence(row(0, 0, none), row(0, 0, none))).toBe(0);
    expect(klDivergence(row(0, 0, none), row(0, 0, 0))).toBeCloseTo(Math.log(3 / 2), 6);
    expect(klDivergence(row(0, 0, 0), row(0, 0, none))).toBe(Number.POSITIVE_INFINITY);
    expect(klDivergence(row(0, 0), row(0, Number.NaN))).toBeNaN();
  });
});
