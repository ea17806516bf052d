import { expect, test } from 'vitest';
import type { GgufField, GgufFile, StoredTensor } from '../../../../scripts/models/gguf/format.ts';
import { tokenCostOfFile } from '../../../../scripts/models/gguf/token-cost.ts';

function fileOf(metadata: Record<string, number | number[] | boolean>, tensors: Record<string, number>): GgufFile {
  const fieldOf = (value: number | number[] | boolean): GgufField => {
    if (typeof value === 'boolean') return { type: 'bool', value };
    return Array.isArray(value) ? { type: 'array', of: 'uint32', value } : { type: 'uint32', value };
  };
  return {
    ...{ path: 'made.gguf', parts: ['made.gguf'], version: 3, fileBytes: 0, alignment: 32, headBytes: 0 },
    metadata: new Map(Object.entries(metadata).map(([key, value]) => [`x.${key}`, fieldOf(value)])),
    tensors: Object.entries(tensors).map(
      ([name, elements]): StoredTensor => ({
        path: 'made.gguf',
        name,
        shape: [elements],
        type: 'f16',
        elements,
        offset: 0,
        bytes: 2 * elements,
      }),
    ),
  };
}

const decoder = { block_count: 4, embedding_length: 64, 'attention.head_count': 8, 'attention.head_count_kv': 2 };

test('experts count by their share, shared ones and routers whole, tables not at all', () => {
  const file = fileOf(
    { ...decoder, expert_count: 8, expert_used_count: 2 },
    {
      'token_embd.weight': 1000,
      'output.weight': 1000,
      'blk.0.ffn_up_exps.weight': 800,
      'blk.0.ffn_up_shexp.weight': 50,
      'blk.0.ffn_gate_inp.weight': 8,
      'position_embd.weight': 500,
    },
  );
  expect(tokenCostOfFile(file, 'x')).toEqual({
    ...{ activeParameters: 1000 + 200 + 50 + 8, weightBytesPerToken: 2 * 1258 },
    ...{ kvElementsPerPosition: 4 * 2 * 16, stateElements: 0 },
  });
});

test('an embedding that is the output matrix too is active', () => {
  expect(tokenCostOfFile(fileOf(decoder, { 'token_embd.weight': 1000 }), 'x').activeParameters).toBe(1000);
});

test('an encoder caches nothing, and multiplies with none of its tables', () => {
  const file = fileOf(
    { ...decoder, 'attention.causal': false },
    { 'token_embd.weight': 1000, 'token_types.weight': 128, 'blk.0.attn_q.weight': 64 },
  );
  expect(tokenCostOfFile(file, 'x')).toMatchObject({ activeParameters: 64, kvElementsPerPosition: 0 });
});

const state = { 'ssm.inner_size': 128, 'ssm.state_size': 16, 'ssm.conv_kernel': 4 };

test('a state-space model carries its convolution and its state along in every layer', () => {
  const file = fileOf({ block_count: 3, embedding_length: 64, 'attention.head_count': 0, ...state }, {});
  expect(tokenCostOfFile(file, 'x')).toMatchObject({
    ...{ kvElementsPerPosition: 0, stateElements: 3 * (3 * 128 + 16 * 128) },
  });
});

test('where layers differ, those with heads cache and the others carry a state', () => {
  const hybrid = { block_count: 4, embedding_length: 64, 'attention.head_count': 8, ...state, 'ssm.group_count': 2 };
  const file = fileOf({ ...hybrid, 'attention.head_count_kv': [0, 4, 0, 0] }, {});
  expect(tokenCostOfFile(file, 'x')).toMatchObject({
    kvElementsPerPosition: 4 * 16,
    // Mamba 2: the convolution sees the groups' inputs and outputs too.
    stateElements: 3 * (3 * (128 + 2 * 2 * 16) + 16 * 128),
  });
});
