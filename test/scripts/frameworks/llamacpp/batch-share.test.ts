import { expect, it } from 'vitest';
import { shareBatch } from '../../../../scripts/frameworks/llamacpp/batch-loop.ts';

it.each([
  { what: 'answers that are being written', waiting: [1, 1, 1], batchTokens: 8, shares: [1, 1, 1] },
  { what: 'a prompt beside them', waiting: [1, 5, 1], batchTokens: 16, shares: [1, 5, 1] },
  { what: 'a prompt that is too long', waiting: [1, 50, 1], batchTokens: 16, shares: [1, 14, 1] },
  { what: 'two prompts, the first of which leaves little', waiting: [10, 1, 10], batchTokens: 14, shares: [10, 1, 3] },
  { what: 'no room but for one token each', waiting: [10, 10, 10], batchTokens: 3, shares: [1, 1, 1] },
])('a batch with $what takes $shares of $waiting', ({ waiting, batchTokens, shares }) => {
  expect(shareBatch(waiting, batchTokens)).toEqual(shares);
});
