import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ropeFactors } from '../../../../scripts/models/architectures/model-shape.ts';
import { shapeTensors } from '../../../../scripts/models/architectures/shape-tensors.ts';
import { digestNotePath, fileSha256, hashFile, readDigestNote } from '../../../../scripts/models/file-digest.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { float16ToFloat32 } from '../../../../scripts/models/quantization/half-precision.ts';
import { mixtureNames, tensorFormat } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { findModel, loadRegistry, parametersOf } from '../../../../scripts/models/registry.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { modelFolder, silent, smallModel } from '../model-folder.ts';

describe.each(['llama', 'qwen2', 'qwen3', 'mistral', 'gemma2', 'gemma3', 'phi3', 'gpt2'])(
  'random weights of %s',
  (family) => {
    test('have the shape, the formats and the name that they should', async () => {
      const model = smallModel(family);
      const folder = modelFolder();
      for (const mixture of mixtureNames) {
        const path = await synthesize(model, mixture, 3, folder, silent);
        const file = await readGguf(path);
        const facts = ggufFacts(file);
        expect(facts).toMatchObject({
          ...{ architecture: model.architecture, parameters: parametersOf(model), layers: 2, contextLength: 256 },
          ...{ quantization: mixture, synthetic: true, name: `${model.name} (synthetic)` },
          ...{ bosToken: '<|endoftext|>', eosToken: '<|im_end|>', addBosToken: false },
        });
        expect(facts.chatTemplate).toContain('add_generation_prompt');
        const tokens = file.metadata.get('tokenizer.ggml.tokens')?.value;
        expect(new Set(Array.isArray(tokens) ? tokens : []).size).toBe(model.shape.vocabulary);
        expect((await verifyFile(path, () => {})).ok).toBe(true);
      }
    });
  },
);

test('the same seed gives the same bytes, another seed others', async () => {
  const model = smallModel('llama');
  const hashOf = async (seed: number) =>
    hashFile(await synthesize(model, 'q4_k_m', seed, modelFolder(), silent), () => {});
  const first = await hashOf(1);
  expect(await hashOf(1)).toBe(first);
  expect(await hashOf(2)).not.toBe(first);
});

test('the sha256 that is written down while writing is that of the file', async () => {
  const path = await synthesize(smallModel('qwen2'), 'q8_0', 1, modelFolder(), silent);
  expect(readDigestNote(path)?.sha256).toBe(await hashFile(path, () => {}));
  expect(await fileSha256(path, () => expect.unreachable())).toBe(readDigestNote(path)?.sha256);
});

test('a file that is there is not written again, a damaged or outdated one is', async () => {
  const folder = modelFolder();
  const model = smallModel('llama');
  const write = () => synthesize(model, 'f16', 1, folder, silent);
  const path = await write();
  const whole = readFileSync(path);
  const { mtimeMs } = statSync(path);
  await write();
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
  truncateSync(path, whole.length - 32);
  await write();
  expect(readFileSync(path).equals(whole)).toBe(true);
  // Another shape under the same name: the registry was changed.
  const changed = { ...model, shape: { ...model.shape, layers: 3 } };
  await synthesize(changed, 'f16', 1, folder, silent);
  expect(ggufFacts(await readGguf(path)).layers).toBe(3);
});

test('ten at once write one file, and leave nothing else', async () => {
  const folder = modelFolder();
  const model = smallModel('llama');
  const paths = await Promise.all(Array.from({ length: 10 }, () => synthesize(model, 'q8_0', 1, folder, silent)));
  expect(new Set(paths).size).toBe(1);
  expect(readdirSync(folder).sort()).toEqual([
    'synthetic-llama-small-q8_0-seed1.gguf',
    'synthetic-llama-small-q8_0-seed1.gguf.sha256.json',
  ]);
});

test('a lock and a half-written file of a process that is gone are cleared away', async () => {
  const folder = modelFolder();
  const target = join(folder, 'synthetic-llama-small-q8_0-seed1.gguf');
  writeFileSync(`${target}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }));
  writeFileSync(`${target}.99-abc.writing`, 'half');
  const path = await synthesize(smallModel('llama'), 'q8_0', 1, folder, silent);
  expect(path).toBe(target);
  expect(readdirSync(folder)).toHaveLength(2);
});

test('a full disk is noticed before anything is written', async () => {
  const folder = modelFolder();
  const attempt = synthesize(smallModel('llama'), 'f32', 1, folder, silent, () => 1e6);
  await expect(attempt).rejects.toThrow(/needs .* and its disk has 1.00 MB left/);
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that cannot be written gets one line', async () => {
  const blocked = join(modelFolder(), 'file');
  writeFileSync(blocked, '');
  await expect(synthesize(smallModel('llama'), 'f32', 1, join(blocked, 'models'), silent)).rejects.toMatchObject({
    name: 'UserError',
    remedy: expect.stringContaining('TOKENLAP_CACHE=DIR'),
  });
});

test('random weights have no mean and the deviation of 0.02', async () => {
  const file = await readGguf(await synthesize(smallModel('llama'), 'f16', 5, modelFolder(), silent));
  const embedding = file.tensors.find((tensor) => tensor.name === 'token_embd.weight');
  if (embedding === undefined) throw new Error('no embedding');
  const bytes = readFileSync(file.path).subarray(embedding.offset, embedding.offset + embedding.bytes);
  const values = Array.from({ length: embedding.elements }, (_, i) => float16ToFloat32(bytes.readUInt16LE(2 * i)));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.0005);
  expect(deviation).toBeGreaterThan(0.0195);
  expect(deviation).toBeLessThan(0.0205);
});

test('the mixtures are those of llama.cpp', () => {
  const model = findModel(loadRegistry(), '1B', undefined);
  const tensors = shapeTensors(model.architecture, model.shape);
  const formatOf = (name: string, mixture: 'q4_k_m' | 'q4_0') => {
    const tensor = tensors.find((candidate) => candidate.name === name);
    return tensor === undefined ? undefined : tensorFormat(mixture, tensor, model);
  };
  // As `llama-quantize` chose them for this shape.
  expect(
    [
      'token_embd',
      'blk.0.attn_v',
      'blk.2.attn_v',
      'blk.4.ffn_down',
      'blk.15.ffn_down',
      'blk.0.attn_q',
      'blk.0.attn_norm',
    ].map((name) => formatOf(`${name}.weight`, 'q4_k_m')),
  ).toEqual(['q6_k', 'q6_k', 'q4_k', 'q6_k', 'q6_k', 'q4_k', 'f32']);
  expect(formatOf('token_embd.weight', 'q4_0')).toBe('q4_0');
});

test('rotation factors of Llama 3.2 are those of its published conversion', () => {
  const { shape } = findModel(loadRegistry(), '1B', undefined);
  const factors = ropeFactors(shape, 'rope_freqs.weight');
  expect(factors).toHaveLength(32);
  expect(factors[0]).toBe(1);
  expect(factors[31]).toBe(32);
  // Wavelengths between 2048 and 8192 positions are blended: 2 pi 500000^(15/32) = 2949, blend 0.592.
  expect(factors[15]).toBeCloseTo(1 / ((1 - 0.5926) / 32 + 0.5926), 2);
});

test('a changed byte is found by verify', async () => {
  const path = await synthesize(smallModel('llama'), 'q8_0', 1, modelFolder(), silent);
  const content = readFileSync(path);
  content.writeUInt8(content.readUInt8(content.length - 40) ^ 1, content.length - 40);
  writeFileSync(path, content);
  const result = await verifyFile(path, () => {});
  expect(result.ok).toBe(false);
  expect(result.findings.at(-1)?.text).toMatch(/differs from the one written down \(synthesized with seed 1\)/);
  expect(existsSync(digestNotePath(path))).toBe(true);
});
