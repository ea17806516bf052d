import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { GgufFile } from '../../../../scripts/models/gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../../../../scripts/models/gguf/ggml-types.ts';
import { weightFormat } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { fileTypeOfQuantization } from '../../../../scripts/models/quantization.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { changedModel } from '../changed-model.ts';
import { silent } from '../model-folder.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

type Matrices = ReadonlyArray<readonly [name: string, type: GgmlTypeName, columns?: number, rows?: number]>;

function file(fileType: string | undefined, matrices: Matrices): GgufFile {
  const number = fileType === undefined ? undefined : fileTypeOfQuantization(fileType);
  return {
    ...{ path: 'made.gguf', parts: ['made.gguf'], version: 3, fileBytes: 0, alignment: 32, headBytes: 0 },
    metadata: new Map(number === undefined ? [] : [['general.file_type', { type: 'uint32', value: number }]]),
    tensors: matrices.map(([name, type, columns = 256, rows = 256]) => ({
      ...{ path: 'made.gguf', name, type, shape: [columns, rows], elements: columns * rows, offset: 0 },
      bytes: ((columns * rows) / ggmlTypes[type].blockElements) * ggmlTypes[type].blockBytes,
    })),
  };
}

const all = (type: GgmlTypeName, columns = 256): Matrices => [
  ['blk.0.attn_q.weight', type, columns],
  ['blk.0.ffn_up.weight', type, columns],
];

test.each<[declared: string, really: GgmlTypeName, found: string]>([
  ['q8_0', 'f16', 'f16'],
  ['f16', 'q8_0', 'q8_0'],
  ['f16', 'bf16', 'bf16'],
  ['f32', 'f16', 'f16'],
  ['q4_0', 'q4_1', 'q4_1'],
  ['q4_1', 'q4_0', 'q4_0'],
  ['q4_0', 'iq4_nl', 'iq4_nl'],
  ['q5_0', 'q5_1', 'q5_1'],
  ['q4_k_m', 'q4_0', 'q4_0'],
  ['q4_0', 'q4_k', 'q4_k_m'],
  ['q4_k_m', 'q5_k', 'q5_k_m'],
  ['q6_k', 'q8_0', 'q8_0'],
  ['q8_0', 'q6_k', 'q6_k'],
  ['q3_k_m', 'q2_k', 'q2_k'],
  ['iq4_xs', 'q4_k', 'q4_k_m'],
  ['mxfp4', 'q4_0', 'q4_0'],
])('a file that calls itself %s and has matrices in %s is found out', (declared, really, found) => {
  expect(weightFormat(file(declared, all(really)))).toEqual({
    quantization: found,
    mislabelled: { declared, declaredShare: 0 },
  });
});

test.each<[declared: string, matrices: Matrices]>([
  ['q4_k_m', [...all('q4_k'), ['blk.0.ffn_down.weight', 'q6_k']]],
  ['q3_k_l', [...all('q3_k'), ['blk.0.ffn_down.weight', 'q5_k']]],
  ['iq3_xs', all('iq3_xxs')],
  ['iq2_s', all('iq2_xs')],
  // Wide tables are no layers.
  ['q4_k_m', [...all('q4_k'), ['token_embd.weight', 'q8_0', 256, 100_000]]],
  // Qwen 2.5 0.5B: rows of 896 are no whole blocks of 256.
  ['q4_k_m', [...all('q5_0', 896), ['blk.0.ffn_down.weight', 'q4_k', 4864, 100]]],
  ['q5_k_s', all('q5_1', 96)],
  ['q6_k', all('q8_0', 96)],
  ['q8_0', all('f16', 48)],
  ['q8_0', [['token_embd.weight', 'q8_0']]],
])('a true %s is what it says', (declared, matrices) => {
  expect(weightFormat(file(declared, matrices))).toEqual({ quantization: declared, mislabelled: null });
});

test('without a file type the matrices of the layers tell the format, not the embedding', () => {
  const found = weightFormat(file(undefined, [...all('q4_k'), ['token_embd.weight', 'f16', 256, 100_000]]));
  expect(found).toEqual({ quantization: 'q4_k_m', mislabelled: null });
});

test('a file that has some of what it says, but more of something else, counts as that', () => {
  const found = weightFormat(file('q4_k_m', [['blk.0.attn_q.weight', 'q4_k'], ...all('iq4_xs')]));
  expect(found).toMatchObject({ quantization: 'iq4_xs', mislabelled: { declared: 'q4_k_m' } });
  expect(found.mislabelled?.declaredShare).toBeCloseTo(1 / 3);
});

test('a run with a mislabelled file is logged in the class of its weights, and verify calls it wrong', async () => {
  const path = await changedModel(embedded, { 'general.file_type': { type: 'uint32', value: 7 } });
  const request = { size: undefined, algorithm: undefined, quantize: 'default', synthetic: false, seed: 1 };
  const { record } = await resolveModel({ ...request, path, offline: true, formats: [] }, silent);
  expect(record.quantization).toMatchObject({ got: 'f16', weightClass: '16-bit' });
  expect(record.quantization.note).toMatch(/the file calls itself q8_0, and its weights are f16/);
  const { ok, findings } = await verifyFile(path, () => {});
  expect(ok).toBe(false);
  expect(findings.filter((finding) => !finding.ok).map(({ text }) => text)).toEqual([
    expect.stringMatching(/general\.file_type says q8_0, and most of its weights are f16/),
  ]);
});
