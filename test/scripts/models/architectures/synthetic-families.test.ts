import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { families } from '../../../../scripts/models/architectures/families.ts';
import { shapeTensors } from '../../../../scripts/models/architectures/shape-tensors.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { textArrayField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { shapeOfGguf } from '../../../../scripts/models/gguf/shape.ts';
import { type MixtureName, tensorFormat } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { findShape, loadRegistry, modelCalled, parametersOf } from '../../../../scripts/models/registry.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { syntheticWordPieces } from '../../../../scripts/models/synthetic/tokenizer.ts';
import { convolutionWeights, decays, timeSteps } from '../../../../scripts/models/synthetic/weights.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { modelFolder, silent } from '../model-folder.ts';

const registry = loadRegistry();

describe.each(families.map(({ name }) => name))('random weights of a small %s', (family) => {
  test.each(['f16', 'q4_k_m'] as const)('in %s say what they are', async (mixture) => {
    const model = findShape(registry, '1M', family);
    const path = await synthesize(model, mixture, 3, modelFolder(), silent);
    const file = await readGguf(path);
    const facts = ggufFacts(file);
    expect(facts).toMatchObject({
      ...{ architecture: model.architecture, parameters: parametersOf(model), layers: model.shape.layers },
      ...{ synthetic: true, name: `${model.name} (synthetic)`, encoder: family === 'bert' },
      experts: model.shape.experts === undefined ? null : { used: model.shape.experts.used },
    });
    expect(facts.chatTemplate === null).toBe(family === 'bert');
    const tokens = textArrayField(file.metadata, 'tokenizer.ggml.tokens') ?? [];
    expect(new Set(tokens).size).toBe(model.shape.vocabulary);
    // The window of a Mistral is not in its file: it is stored as a llama.
    const { slidingWindow: _window, ...shape } = model.shape;
    expect(shapeOfGguf(file)?.shape).toMatchObject({ ...shape, normEpsilon: expect.closeTo(shape.normEpsilon, 9) });
    expect((await verifyFile(path, () => {})).ok).toBe(true);
  });
});

function formatsOf(id: string, mixture: MixtureName, names: readonly string[]) {
  const model = modelCalled(registry, id);
  if (model === undefined) throw new Error(`no ${id}`);
  const tensors = shapeTensors(model.architecture, model.shape);
  return names.map((name) => {
    const tensor = tensors.find((candidate) => candidate.name === name);
    return tensor === undefined ? undefined : tensorFormat(mixture, tensor, model);
  });
}

test('small things keep their precision, and matrices of experts get the format of any matrix', () => {
  const layer = 'blk.5.';
  // src/llama-quant.cpp, tensor_allows_quantization: routers, convolutions, positions and kinds of text stay as they are.
  expect(
    formatsOf('qwen1.5-moe-a2.7b-chat', 'q4_0', [
      ...[`${layer}ffn_gate_inp.weight`, `${layer}ffn_gate_inp_shexp.weight`, `${layer}ffn_down_exps.weight`],
      ...[`${layer}ffn_up_shexp.weight`, `${layer}attn_q.bias`],
    ]),
  ).toEqual(['f32', 'f32', 'q4_0', 'q4_0', 'f32']);
  expect(
    formatsOf('mamba-2.8b', 'q8_0', [
      ...[`${layer}ssm_in.weight`, `${layer}ssm_conv1d.weight`, `${layer}ssm_a`, `${layer}ssm_dt.weight`],
    ]),
  ).toEqual(['q8_0', 'f32', 'f32', 'q8_0']);
  // A rank of 48 is no whole number of blocks.
  expect(formatsOf('mamba-130m', 'q8_0', [`${layer}ssm_dt.weight`])).toEqual(['f16']);
  expect(formatsOf('bge-base-en-v1.5', 'q4_0', ['token_types.weight', 'position_embd.weight'])).toEqual(['f32', 'f32']);
});

test('the mixtures know of Mixtral and Falcon what llama.cpp knows of them', () => {
  // src/llama-quant.cpp, llama_tensor_get_type_impl: with eight experts, keys and values cost little and get eight bits.
  expect(
    formatsOf('mixtral-8x7b-instruct-v0.1', 'q4_k_m', [
      ...['blk.0.attn_v.weight', 'blk.4.attn_k.weight', 'blk.4.attn_output.weight', 'blk.4.attn_q.weight'],
      ...['blk.0.ffn_down_exps.weight', 'blk.4.ffn_up_exps.weight', 'output.weight'],
    ]),
  ).toEqual(['q8_0', 'q8_0', 'q5_k', 'q4_k', 'q6_k', 'q4_k', 'q6_k']);
  // Rows of 8192 fit K-quants; the output is in eight bits, and only the first sixteenth of ffn_down in six.
  expect(
    formatsOf('falcon-40b-instruct', 'q4_k_m', [
      ...['output.weight', 'blk.0.ffn_down.weight', 'blk.4.ffn_down.weight', 'blk.10.ffn_down.weight'],
    ]),
  ).toEqual(['q8_0', 'q6_k', 'q5_k', 'q4_k']);
});

describe('a state', () => {
  const size = { convolution: 4, inner: 64, state: 16, timeStepRank: 4 };
  test('fades: each of its numbers is multiplied with something between 0 and 1 in every step', () => {
    const rates = decays(size);
    expect(rates).toHaveLength(64 * 16);
    expect([...rates.slice(0, 17)]).toEqual([...Array.from({ length: 16 }, (_, i) => -1 - i), -1]);
    const steps = [...timeSteps(size)].map((bias) => Math.log1p(Math.exp(bias)));
    expect(steps[0]).toBeCloseTo(0.001, 6);
    expect(steps.at(-1)).toBeCloseTo(0.1, 6);
    for (const step of steps) for (const rate of rates.slice(0, 16)) expect(Math.exp(step * rate)).toBeLessThan(1);
  });
  test('sees convolved inputs of their own size', () => {
    const weights = convolutionWeights(size, 1);
    expect(weights).toHaveLength(4 * 64);
    const variance = weights.reduce((sum, weight) => sum + weight ** 2, 0) / weights.length;
    // Uniform between ±1/2: a variance of 1/12.
    expect(variance).toBeGreaterThan(0.07);
    expect(variance).toBeLessThan(0.1);
    expect(convolutionWeights(size, 1)).toEqual(weights);
  });
});

test('word pieces are characters at the beginning of a word and within one', () => {
  const { tokens, types, idOf } = syntheticWordPieces(400);
  expect(new Set(tokens).size).toBe(400);
  expect(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(idOf)).toEqual([0, 100, 101, 102, 103]);
  expect([idOf('\u2581a'), idOf('a'), idOf('A')]).toEqual([expect.any(Number), expect.any(Number), -1]);
  expect(types).toHaveLength(400);
  expect(() => syntheticWordPieces(200)).toThrow(/has no room/);
});

test('a file of weights is the same for the same seed', async () => {
  const model = findShape(registry, '1M', 'mamba');
  const bytesOf = async () => readFileSync(await synthesize(model, 'q8_0', 5, modelFolder(), silent));
  expect((await bytesOf()).equals(await bytesOf())).toBe(true);
});
