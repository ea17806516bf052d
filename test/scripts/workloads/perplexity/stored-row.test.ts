import { describe, expect, it } from 'vitest';
import {
  readStored,
  storedLogProbability,
  storedWords,
  storeRow,
  tokenDivergence,
} from '../../../../scripts/workloads/perplexity/stored-reference.ts';

function stored(logits: readonly number[]) {
  const row = Float32Array.from(logits);
  const words = new Uint16Array(storedWords(row.length));
  storeRow(row, words);
  return readStored(words, row.length);
}

function logSoftmax(logits: readonly number[]): number[] {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  return logits.map((logit) => logit - Math.log(sum));
}

describe('a stored row', () => {
  it('takes two numbers and 16 bits a token, and an even number of words', () => {
    expect([storedWords(4), storedWords(5), storedWords(512)]).toEqual([8, 10, 516]);
  });

  it('has the largest logit at the last step and the smallest at the first', () => {
    const row = stored([1, 5, 3, 1]);
    expect([...row.levels]).toEqual([0, 65535, 32768, 0]);
    expect(row.step).toBeCloseTo(4 / 65535, 10);
  });

  it('keeps log-probabilities to half a step', () => {
    const logits = Array.from({ length: 301 }, (_, i) => 6 * Math.sin(i * i));
    const row = stored(logits);
    for (const [id, expected] of logSoftmax(logits).entries()) {
      expect(Math.abs(storedLogProbability(row, id) - expected)).toBeLessThan(row.step / 2 + 2e-6);
    }
  });

  it('lifts what is more than 16 below the largest to that floor', () => {
    const row = stored([20, 0, 10, -50]);
    expect([...row.levels]).toEqual([65535, 0, 24576, 0]);
    expect(storedLogProbability(row, 3)).toBeCloseTo(-16, 3);
  });

  it('of equal logits has one probability for all', () => {
    const row = stored([2, 2, 2, 2]);
    expect([...row.levels]).toEqual([0, 0, 0, 0]);
    expect(storedLogProbability(row, 1)).toBeCloseTo(-Math.log(4), 6);
  });
});

describe('the divergence at a token', () => {
  const reference = [2, 1, 0, -1];
  const own = [1, 2, 0, -3];

  it('is that of paper and pencil', () => {
    const [p, q] = [logSoftmax(reference), logSoftmax(own)];
    const kl = p.reduce((sum, logP, i) => sum + Math.exp(logP) * (logP - (q[i] ?? 0)), 0);
    const found = tokenDivergence(Float32Array.from(own), stored(reference), 2);
    expect(found.kl).toBeCloseTo(kl, 4);
    expect(found.nll).toBeCloseTo(-(q[2] ?? 0), 6);
    expect(found.storedNll).toBeCloseTo(-(p[2] ?? 0), 4);
    expect(found.shift).toBeCloseTo(Math.exp(q[2] ?? 0) - Math.exp(p[2] ?? 0), 5);
    expect(found).toMatchObject({ top: 1, sameTop: false });
  });

  it('from itself is nothing but the rounding of what is stored', () => {
    const logits = Array.from({ length: 512 }, (_, i) => 8 * Math.cos(3 * i * i));
    const found = tokenDivergence(Float32Array.from(logits), stored(logits), 5);
    expect(Math.abs(found.kl)).toBeLessThan(1.3e-4);
    expect(Math.abs(found.shift)).toBeLessThan(1.3e-4);
    expect(found.sameTop).toBe(true);
  });

  it('counts nothing where the reference gives next to no probability', () => {
    const found = tokenDivergence(Float32Array.from([0, -1000]), stored([0, -1000]), 0);
    expect(found.kl).toBeCloseTo(0, 5);
  });

  it('is no number where a logit is none', () => {
    expect(tokenDivergence(Float32Array.from([0, Number.NaN]), stored([0, 0]), 0).kl).toBeNaN();
  });
});
