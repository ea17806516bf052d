import { describe, expect, test } from 'vitest';
import { architectureNames } from '../../../../scripts/models/architectures/architecture.ts';
import { families, findFamily } from '../../../../scripts/models/architectures/families.ts';
import { modelShapeSchema } from '../../../../scripts/models/architectures/model-shape.ts';
import { parameterCountOfShape } from '../../../../scripts/models/architectures/shape-tensors.ts';
import { shapeOfSize } from '../../../../scripts/models/architectures/size.ts';
import { tokenCostOfShape, windowOf } from '../../../../scripts/models/gguf/token-cost.ts';
import { findShape, loadRegistry, modelCalled, parametersOf } from '../../../../scripts/models/registry.ts';

const registry = loadRegistry();

test('each of the eleven kinds has a family, and each architecture is some family’s', () => {
  const kinds = families.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(11);
  // Those of one kind are beside each other.
  expect(kinds.filter((kind, place) => kind !== kinds[place - 1])).toHaveLength(11);
  expect(new Set(families.map(({ architecture }) => architecture))).toEqual(new Set(architectureNames));
});

test('a family is found however it is spelled', () => {
  expect(['gptneox', 'GPT-NeoX', 'gpt_neox', 'Qwen2 MoE'].map((name) => findFamily(name)?.name)).toEqual([
    ...['gptneox', 'gptneox', 'gptneox', 'qwen2moe'],
  ]);
  expect(findFamily('gpt')).toBeUndefined();
});

describe.each(families.map((family) => [family.name, family] as const))('a %s', (_, family) => {
  test.each([3e6, 50e6, 1e9, 8e9])('of %i parameters has about as many', (parameters) => {
    const shape = shapeOfSize(family, parameters);
    expect(modelShapeSchema.safeParse(shape).error).toBeUndefined();
    const counted = parameterCountOfShape(family.architecture, shape);
    expect(Math.abs(counted / parameters - 1)).toBeLessThan(parameters < 50e6 ? 0.3 : 0.1);
    // Heads divide the width, and rows are whole blocks of quantised formats.
    if (shape.heads > 0) expect(shape.heads * shape.headDimension).toBe(shape.embedding);
    if (shape.keyValueHeads > 0) expect(shape.heads % shape.keyValueHeads).toBe(0);
    expect([shape.embedding, shape.feedForward, shape.experts?.feedForward ?? 0].map((width) => width % 32)).toEqual([
      ...[0, 0, 0],
    ]);
  });

  test('too small to exist is refused with the smallest that does', () => {
    expect(() => shapeOfSize(family, 1000)).toThrow(/no .* of 1000 parameters can be made/);
  });
});

describe('the shape that random weights are made in', () => {
  test('is the registered model’s where there is one', () => {
    expect(findShape(registry, '7B', 'falcon').id).toBe('falcon-7b-instruct');
    expect(findShape(registry, undefined, 'mamba').id).toBe('mamba-130m');
    expect(findShape(registry, '1B', undefined).id).toBe('llama-3.2-1b-instruct');
  });
  test('is the template’s in any other size', () => {
    const model = findShape(registry, '3M', 'GPT-NeoX');
    expect(model).toMatchObject({ size: '3M', family: 'gptneox', architecture: 'gptneox', name: 'GPT-NeoX of 3M' });
    expect(Math.abs(parametersOf(model) / 3e6 - 1)).toBeLessThan(0.1);
  });
  test('is not guessed where no family is named, or the size is no count', () => {
    expect(() => findShape(registry, '3M', undefined)).toThrow(/no model of size "3M"/);
    expect(() => findShape(registry, 'huge', 'falcon')).toThrow(/no model of size "huge"/);
    expect(() => findShape(registry, '3M', 'rwkv')).toThrow(/unknown algorithm "rwkv"/);
  });
});

function costOf(id: string) {
  const model = modelCalled(registry, id);
  if (model === undefined) throw new Error(`no model ${id}`);
  return { ...tokenCostOfShape(model.architecture, model.shape), window: windowOf(model.architecture, model.shape) };
}

describe('what a token costs', () => {
  // Published with the row of the embedding table counted as a whole table: vocabulary × width more than it is multiplied with.
  test.each<[id: string, publishedBillions: number, table: number]>([
    ['mixtral-8x7b-instruct-v0.1', 12.9, 32_000 * 4096],
    ['qwen1.5-moe-a2.7b-chat', 2.7, 151_936 * 2048],
    ['qwen3-30b-a3b', 3.3, 151_936 * 2048],
    ['olmoe-1b-7b-instruct', 1.3, 50_304 * 2048],
  ])('%s has %f billion active parameters', (id, billions, table) => {
    expect(Math.abs((costOf(id).activeParameters + table) / 1e9 - billions)).toBeLessThan(0.06);
  });

  test('all weights of a model whose embedding is its output matrix are active, its positions are not', () => {
    expect(costOf('llama-3.2-1b-instruct').activeParameters).toBe(1_235_814_432);
    expect(costOf('gpt2').activeParameters).toBe(124_439_808 - 1024 * 768);
    expect(costOf('pythia-70m').activeParameters).toBe(70_426_624 - 50_304 * 512);
    // An encoder has no output matrix: none of its three tables is multiplied with.
    expect(costOf('bert-base-uncased').activeParameters).toBe(108_891_648 - (30_522 + 512 + 2) * 768);
  });

  test('keys and values of all layers are cached for a position', () => {
    // 2 × layers × heads of keys and values × dimension.
    expect(costOf('llama-3.1-8b-instruct').kvElementsPerPosition).toBe(2 * 32 * 8 * 128);
    expect(costOf('falcon-7b-instruct').kvElementsPerPosition).toBe(2 * 32 * 64);
    expect(costOf('bert-base-uncased').kvElementsPerPosition).toBe(0);
  });

  test('a state-space model caches nothing and carries a state along', () => {
    // 24 layers, 1536 channels: 16 numbers of state and 3 positions that the convolution still sees.
    expect(costOf('mamba-130m')).toMatchObject({ kvElementsPerPosition: 0, stateElements: 24 * 1536 * (16 + 3) });
    expect(costOf('llama-3.2-1b-instruct').stateElements).toBe(0);
  });

  test('layers with a window are told apart', () => {
    // 26 layers: each sixth of Gemma 3 sees all, each second of Gemma 2.
    expect(costOf('gemma-3-1b-it').window).toEqual({ layers: 22, positions: 512 });
    expect(costOf('gemma-2-2b-it').window).toEqual({ layers: 13, positions: 4096 });
    // llama.cpp stores a Mistral as a llama, and keeps all.
    expect(costOf('mistral-7b-instruct-v0.1').window).toBeNull();
  });
});
