import { expect, test } from 'vitest';
import { ggmlTypes } from '../../../../scripts/models/gguf/ggml-types.ts';
import { blockDecoder } from '../../../../scripts/models/quantization/block-decoding.ts';
import { randomBlockPool } from '../../../../scripts/models/synthetic/random-blocks.ts';

/** gguf-py of llama.cpp (commit de3ff81), quants.dequantize, on the first three blocks of randomBlockPool(type, 7). */
const recorded = [
  ['q8_0', [0.0149302, 0.00914097, 0.0234618, 0.000304699], -0.338035, 0.0460535],
  ['q4_0', [-0.0303345, -0.00866699, -0.0043335, 0.0043335], 0.139475, 0.0398439],
  ['q4_1', [-0.027771, 0.00640869, -0.027771, -0.00213623], -0.0684299, 0.0309904],
  ['q5_0', [0.0279522, 0.0204983, 0.0204983, -0], 0.0947132, 0.0383882],
  ['q5_1', [0.0142822, -0.020874, 0.0098877, 0.0318604], 0.188673, 0.0442391],
  ['q4_k', [-0.00753999, -0.0326961, 0.0125849, -0.0176024], -1.665, 0.462396],
  ['q5_k', [-0.0117283, 0.00319862, -0.0159931, 0.0266552], -1.2011, 0.236453],
  ['q6_k', [0.0123274, -0.0205457, -0.00803566, -0.0116882], -0.0580097, 0.282171],
] as const;

test.each(recorded)('blocks of %s are the numbers that gguf-py reads', (type, some, sum, squares) => {
  const values = blockDecoder(type)?.(randomBlockPool(type, 7).subarray(0, 3 * ggmlTypes[type].blockBytes)) ?? [];
  expect(values).toHaveLength(3 * ggmlTypes[type].blockElements);
  for (const [i, place] of [0, 1, 17, 31].entries()) expect(values[place]).toBeCloseTo(some[i] ?? Number.NaN, 6);
  expect([...values].reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 4);
  expect([...values].reduce((total, value) => total + value ** 2, 0)).toBeCloseTo(squares, 5);
});
