/** Every family in llama.cpp, for real: random weights are made, loaded, and generate or embed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import type { Loaded } from '../../../../scripts/frameworks/messages.ts';
import { families } from '../../../../scripts/models/architectures/families.ts';
import { shapeTensors } from '../../../../scripts/models/architectures/shape-tensors.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { shapeOfGguf } from '../../../../scripts/models/gguf/shape.ts';
import { tokenCostOfShape } from '../../../../scripts/models/gguf/token-cost.ts';
import type { MixtureName } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { findShape, loadRegistry } from '../../../../scripts/models/registry.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';

let folder = '';
let engine: Engine;

const settings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 256,
  batchTokens: 64,
  kvType: 'f16',
};

// One engine for all: each model is loaded into the process that the last one has left.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-families-'));
  engine = await startEngine({ framework: llamacpp, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
  // So that llama.cpp is started once and not for each model.
  await engine.probe();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const registry = loadRegistry();
const prompt = 'What is the capital of France?';

function synthetic(family: string, mixture: MixtureName): Promise<string> {
  return synthesize(findShape(registry, '1M', family), mixture, 1, folder, () => {});
}

async function load(path: string, change: Partial<EngineSettings> = {}): Promise<Loaded> {
  const loaded = await engine.load(path, { ...settings, ...change });
  onTestFinished(() => engine.unload());
  return loaded;
}

/** Greedy tokens, and the logits of every position of the prompt. */
async function generated() {
  const { ids } = await engine.tokenize(prompt);
  const options = { temperature: 0, seed: 1, ignoreEndOfSequence: true, reusePrefix: false, stream: false };
  const { ids: tokens } = await engine.generate({ prompt: ids, maxTokens: 6, ...options });
  const path = join(folder, 'logits.bin');
  const { rows, columns } = await engine.score({ tokens: ids, from: 1, path });
  const bytes = readFileSync(path);
  const logits = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { ids, tokens, rows, columns, logits };
}

function expectLively(
  { ids, tokens, rows, columns, logits }: Awaited<ReturnType<typeof generated>>,
  vocabulary: number,
) {
  expect(tokens).toHaveLength(6);
  for (const token of tokens) expect(token).toBeGreaterThanOrEqual(0);
  expect({ rows, columns }).toEqual({ rows: ids.length, columns: vocabulary });
  expect(logits.every(Number.isFinite)).toBe(true);
  // Neither dead nor blown up.
  const spread = Math.max(...logits) - Math.min(...logits);
  expect(spread).toBeGreaterThan(0.1);
  expect(spread).toBeLessThan(1000);
  // The best token of the last row is the one that was generated first.
  const last = logits.subarray(logits.length - columns);
  expect(last.indexOf(Math.max(...last))).toBe(tokens[0]);
}

const generating = families.filter(({ kind }) => kind !== 'encoder').map(({ name }) => name);

describe.each(generating)('%s with random weights', (family) => {
  it('is loaded by llama.cpp and generates with finite logits', async () => {
    const { architecture, shape } = findShape(registry, '1M', family);
    const path = await synthetic(family, 'f16');
    const loaded = await load(path);
    expectLively(await generated(), shape.vocabulary);

    // What the file says of itself is what the shape promised, and what the engine reads back.
    const file = await readGguf(path);
    const cost = tokenCostOfShape(architecture, shape);
    expect(ggufFacts(file)).toMatchObject({ architecture, ...cost });
    expect(loaded.effective.kvBytesPerPosition).toBe(2 * cost.kvElementsPerPosition);
    expect(loaded.effective.stateBytes ?? 0).toBe(4 * cost.stateElements);
    const read = shapeOfGguf(file);
    expect(read === undefined ? [] : shapeTensors(read.architecture, read.shape).map(({ name }) => name)).toEqual(
      file.tensors.map(({ name }) => name),
    );
  });
});

// What differs from an ordinary decoder differs in its formats too: matrices of three dimensions, rows that fit no block.
it.each([
  ['mixtral', 'q8_0'],
  ['mixtral', 'q4_0'],
  ['mixtral', 'q4_k_m'],
  ['qwen2moe', 'q4_k_m'],
  ['falcon', 'q4_k_m'],
  ['mamba', 'f32'],
  ['mamba', 'q8_0'],
  ['mamba', 'q4_0'],
] as const)('%s generates in %s', async (family, mixture) => {
  await load(await synthetic(family, mixture));
  expectLively(await generated(), findShape(registry, '1M', family).shape.vocabulary);
});

describe('an encoder with random weights', () => {
  const texts = ['Hello world, how are you?', 'Hello world'];
  const embedding = { embedding: true } as const;

  it('embeds each text as llama-embedding does', async () => {
    const loaded = await load(await synthetic('bert', 'f32'), embedding);
    expect(loaded.effective).toMatchObject({ kvBytesPerPosition: 0, settings: { pooling: 'mean', batchTokens: 256 } });
    expect([loaded.abilities.embed, loaded.abilities.kernel, loaded.abilities.score]).toEqual([true, false, false]);
    const embedded = await engine.embed(texts);
    const { tokens, vectors, startNs, submitNs, endNs } = embedded;
    expect(startNs <= submitNs && submitNs < endNs).toBe(true);
    // One token a character without the spaces, and [CLS] and [SEP].
    expect(tokens).toEqual([21 + 2, 10 + 2]);
    expect(vectors.map(({ length }) => length)).toEqual([128, 128]);
    // llama-embedding (of the llama.cpp that node-llama-cpp 3.22 brings) on the same file:
    // -p "Hello world, how are you?" --embd-normalize -1 -t 1
    const recorded = [0.523106, -0.809704, 0.425901, -0.842609, 0.205954, 0.25491, 0.926776, -0.094704];
    recorded.forEach((value, i) => {
      expect(vectors[0]?.[i]).toBeCloseTo(value, 3);
    });
    expect((await engine.embed(texts)).vectors).toEqual(vectors);
    // Longer than the context: one line, and the engine goes on.
    await expect(engine.embed(['x'.repeat(300)])).rejects.toThrow(/a text has 302 tokens, and the context 256/);
    expect((await engine.embed(texts)).vectors).toEqual(vectors);
  });

  it.each(['f16', 'q8_0', 'q4_0'] as const)('gives finite vectors in %s', async (mixture) => {
    await load(await synthetic('bert', mixture), embedding);
    const { vectors } = await engine.embed(texts);
    expect(vectors).toHaveLength(2);
    for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
    expect(vectors[0]).not.toEqual(vectors[1]);
  });

  it('a decoder embeds too: the last token’s vector stands for the text', async () => {
    const loaded = await load(await synthetic('llama', 'f16'), embedding);
    expect(loaded.effective.settings.pooling).toBe('last');
    expect((await engine.embed(texts)).vectors.map(({ length }) => length)).toEqual([256, 256]);
  });
});
