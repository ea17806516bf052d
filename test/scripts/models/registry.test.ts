import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findFamily } from '../../../scripts/models/architectures/families.ts';
import { sizeClassOf, sizeName } from '../../../scripts/models/architectures/size.ts';
import { ggufFacts } from '../../../scripts/models/gguf/facts.ts';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import {
  findModel,
  loadRegistry,
  modelCalled,
  offeredFiles,
  parametersOf,
  repositoryRoot,
} from '../../../scripts/models/registry.ts';
import { skipped } from '../../fakes/skipped.ts';
import { modelFolder } from './model-folder.ts';

const registry = loadRegistry();

// From the models' cards and papers, or counted by transformers.
test.each<[id: string, published: number, beside?: number]>([
  // Llama 3 has 32 or 64 rotation factors besides, Phi-3.5 two lists of 48.
  ['llama-3.2-1b-instruct', 1_235_814_400, 32],
  ['llama-3.1-8b-instruct', 8_030_261_248, 64],
  ['llama-2-7b-chat', 6_738_415_616],
  ['tinyllama-1.1b-chat', 1_100_048_384],
  ['smollm2-135m-instruct', 134_515_008],
  ['qwen2.5-0.5b-instruct', 494_032_768],
  ['mistral-7b-instruct-v0.3', 7_248_023_552],
  ['mistral-7b-instruct-v0.1', 7_241_732_096],
  ['gemma-2-2b-it', 2_614_341_888],
  ['gemma-3-1b-it', 999_885_952],
  ['phi-2', 2_779_683_840],
  ['phi-3.5-mini-instruct', 3_821_079_552, 96],
  ['gpt2', 124_439_808],
  ['pythia-70m', 70_426_624],
  ['pythia-160m', 162_322_944],
  ['pythia-410m', 405_334_016],
  ['pythia-1b', 1_011_781_632],
  ['pythia-1.4b', 1_414_647_808],
  ['pythia-2.8b', 2_775_208_960],
  ['pythia-6.9b', 6_857_302_016],
  ['pythia-12b', 11_846_072_320],
  ['gpt-neox-20b', 20_554_567_680],
  // With an output matrix of its own, as its file has it.
  ['falcon-7b-instruct', 7_217_189_760],
  ['mixtral-8x7b-instruct-v0.1', 46_702_792_704],
  ['qwen1.5-moe-a2.7b-chat', 14_315_784_192],
  ['qwen3-30b-a3b', 30_532_122_624],
  ['olmoe-1b-7b-instruct', 6_919_161_856],
  ['mamba-130m', 129_135_360],
  ['mamba-370m', 371_516_416],
  ['mamba-790m', 793_204_224],
  ['mamba-1.4b', 1_372_178_432],
  ['mamba-2.8b', 2_768_345_600],
  // A GGUF file leaves the pooling layer away: width × width and a bias.
  ['bert-base-uncased', 109_482_240, -(768 * 768 + 768)],
  ['all-minilm-l6-v2', 22_713_216, -(384 * 384 + 384)],
  ['bge-small-en-v1.5', 33_360_000, -(384 * 384 + 384)],
  ['bge-large-en-v1.5', 335_141_888, -(1024 * 1024 + 1024)],
])('the shape of %s has the %i parameters that it is published with', (id, published, beside = 0) => {
  const model = modelCalled(registry, id);
  expect(model === undefined ? undefined : parametersOf(model)).toBe(published + beside);
});

test('every registered model is of a family that has a template, in the architecture of that', () => {
  for (const { id, family, architecture } of registry.models) {
    expect(findFamily(family)?.architecture, id).toBe(architecture);
  }
});

test('the name of a size is near its parameter count', () => {
  for (const model of registry.models) {
    const [, number, unit] = /^([\d.]+)([BM])$/.exec(model.size) ?? [];
    if (number === undefined) continue;
    const named = Number(number) * (unit === 'B' ? 1e9 : 1e6);
    // Gemma 2 2B has 2.6 billion with its large vocabulary; the others are closer.
    expect(Math.abs(parametersOf(model) / named - 1), model.id).toBeLessThan(0.31);
  }
});

test('the embedded model has the shape that the registry gives it', async ({ skip }) => {
  const model = findModel(registry, 'tiny', undefined);
  const path = join(repositoryRoot, model.embedded?.file ?? '');
  skip(skipped(!existsSync(path), 'the shape of the embedded model: its file is not in this checkout'));
  const facts = ggufFacts(await readGguf(path));
  expect(facts).toMatchObject({
    parameters: parametersOf(model),
    layers: model.shape.layers,
    contextLength: model.shape.contextLength,
    quantization: model.embedded?.quantization,
  });
});

test('file names are filled in from the pattern, or given where they break it', () => {
  const source = modelCalled(registry, 'llama-3.2-1b-instruct')?.sources.gguf;
  if (source === undefined) throw new Error('no source');
  const files = Object.fromEntries(offeredFiles(source).map(({ quantization, file }) => [quantization, file]));
  expect(files).toMatchObject({
    q4_k_m: 'Llama-3.2-1B-Instruct-Q4_K_M.gguf',
    f16: 'Llama-3.2-1B-Instruct-f16.gguf',
  });
});

test('every default is among the formats of its source', () => {
  for (const model of registry.models) {
    for (const source of Object.values(model.sources)) {
      expect(offeredFiles(source).map((file) => file.quantization)).toContain(source.default);
    }
  }
});

describe('a model is found by size and family', () => {
  test.each<[size: string | undefined, family: string | undefined, id: string]>([
    [undefined, undefined, 'tiny-chat'],
    ['1B', undefined, 'llama-3.2-1b-instruct'],
    ['1b', undefined, 'llama-3.2-1b-instruct'],
    ['1B', 'gemma3', 'gemma-3-1b-it'],
    ['7B', undefined, 'llama-2-7b-chat'],
    ['7B', 'mistral', 'mistral-7b-instruct-v0.3'],
    ['1.7B', 'QWEN3', 'qwen3-1.7b'],
    [undefined, 'gpt2', 'gpt2'],
    ['410M', 'gpt_neox', 'pythia-410m'],
    ['8x7b', undefined, 'mixtral-8x7b-instruct-v0.1'],
  ])('%s of %s', (size, family, id) => {
    expect(findModel(registry, size, family).id).toBe(id);
  });

  test.each<[size: string, family: string | undefined, says: RegExp]>([
    ['99B', undefined, /no model of size "99B"/],
    ['70B', 'gpt2', /no model of size "70B" of the algorithm "gpt2"/],
    ['1B', 'rwkv', /unknown algorithm "rwkv"/],
  ])('%s of %s is refused', (size, family, says) => {
    expect(() => findModel(registry, size, family)).toThrow(says);
  });

  test('a name without a size is answered with the names that have one', () => {
    const remedy = expect.stringContaining('Several have that name: llama-3.2-1b-instruct, llama-3.2-3b-instruct. ');
    expect(() => findModel(registry, 'llama3.2', undefined)).toThrow(expect.objectContaining({ remedy }));
  });
});

describe('a registry with a fault is refused with the place of the fault', () => {
  const broken = (change: (content: { defaultSize: string; models: Array<Record<string, unknown>> }) => void) => {
    const content = structuredClone(loadRegistry());
    // What JSON holds is not typed yet.
    const untyped: { defaultSize: string; models: Array<Record<string, unknown>> } = JSON.parse(
      JSON.stringify(content),
    );
    change(untyped);
    const path = join(modelFolder(), 'models.json');
    writeFileSync(path, JSON.stringify(untyped));
    return () => loadRegistry(path);
  };
  test('a key that does not exist', () => {
    expect(broken(({ models }) => Object.assign(models[0] ?? {}, { familly: 'llama' }))).toThrow(/models\.0 .*familly/);
  });
  test('a size that a family has twice', () => {
    expect(broken(({ models }) => models.push({ ...models[3], id: 'other' }))).toThrow(/size 135m of family llama/);
  });
  test('a default size that does not exist', () => {
    expect(broken((content) => Object.assign(content, { defaultSize: 'huge' }))).toThrow(
      /"huge" is the size of no model/,
    );
  });
  test('no JSON at all', () => {
    const path = join(modelFolder(), 'models.json');
    writeFileSync(path, '{ "models": [ ');
    expect(() => loadRegistry(path)).toThrow(/not valid JSON/);
  });
});

test('classes go by the parameter count alone', () => {
  expect([1.7e6, 99e6, 100e6, 999e6, 1e9, 2.9e9, 3e9, 8e9, 14e9, 70e9].map(sizeClassOf)).toEqual([
    ...['tiny', 'tiny', 'small', 'small', 'base', 'base', 'large', 'large', 'xl', 'xxl'],
  ]);
});

test('an unknown model is named by its count', () => {
  expect([1_235_814_432, 7.24e9, 13e9, 134_515_008, 15.19e6, 850_000, 12].map(sizeName)).toEqual([
    ...['1.2B', '7.2B', '13B', '135M', '15M', '850k', '12'],
  ]);
});
