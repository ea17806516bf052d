import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ggufFacts } from '../../../scripts/models/gguf-facts.ts';
import { readGguf } from '../../../scripts/models/gguf-reader.ts';
import {
  findModel,
  loadRegistry,
  modelById,
  offeredFiles,
  parametersOf,
  repositoryRoot,
} from '../../../scripts/models/registry.ts';
import { sizeClassOf, sizeName } from '../../../scripts/models/size-class.ts';
import { modelFolder } from './model-folder.ts';

const registry = loadRegistry();

test('shapes have the parameter counts that the models are published with', () => {
  const counted = (id: string) => {
    const model = modelById(registry, id);
    return model === undefined ? undefined : parametersOf(model);
  };
  // From the models' cards; Llama 3 has 32 or 64 rotation factors besides, Phi-3.5 two lists of 48.
  expect(counted('llama-3.2-1b-instruct')).toBe(1_235_814_400 + 32);
  expect(counted('llama-3.1-8b-instruct')).toBe(8_030_261_248 + 64);
  expect(counted('llama-2-7b-chat')).toBe(6_738_415_616);
  expect(counted('tinyllama-1.1b-chat')).toBe(1_100_048_384);
  expect(counted('smollm2-135m-instruct')).toBe(134_515_008);
  expect(counted('qwen2.5-0.5b-instruct')).toBe(494_032_768);
  expect(counted('mistral-7b-instruct-v0.3')).toBe(7_248_023_552);
  expect(counted('gemma-2-2b-it')).toBe(2_614_341_888);
  expect(counted('gemma-3-1b-it')).toBe(999_885_952);
  expect(counted('phi-3.5-mini-instruct')).toBe(3_821_079_552 + 96);
  expect(counted('gpt2')).toBe(124_439_808);
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

test('the embedded model has the shape that the registry gives it', async () => {
  const model = findModel(registry, 'tiny', undefined);
  const path = join(repositoryRoot, model.embedded?.file ?? '');
  if (!existsSync(path)) return;
  const facts = ggufFacts(await readGguf(path));
  expect(facts).toMatchObject({
    parameters: parametersOf(model),
    layers: model.shape.layers,
    contextLength: model.shape.contextLength,
    quantization: model.embedded?.quantization,
  });
});

test('file names are filled in from the pattern, or given where they break it', () => {
  const source = modelById(registry, 'llama-3.2-1b-instruct')?.sources.gguf;
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
  ])('%s of %s', (size, family, id) => {
    expect(findModel(registry, size, family).id).toBe(id);
  });

  test.each<[size: string, family: string | undefined, says: RegExp]>([
    ['99B', undefined, /no model of size "99B"/],
    ['70B', 'gpt2', /no model of size "70B" of the algorithm "gpt2"/],
    ['1B', 'bert', /unknown algorithm "bert"/],
  ])('%s of %s is refused', (size, family, says) => {
    expect(() => findModel(registry, size, family)).toThrow(says);
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
