/** Random models of several architectures, and the logits that an engine has for them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { monotonicNow } from '../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../scripts/engine/engine.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import type { ModelShape } from '../../../scripts/models/architectures/model-shape.ts';
import type { RegisteredModel } from '../../../scripts/models/registry-schema.ts';
import { synthesize } from '../../../scripts/models/synthetic/synthesize.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';

/** Settings with which engines compute the same. */
const exactSettings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 256,
  batchTokens: 64,
  flashAttention: 'off',
  kvType: 'f32',
};

export async function loadedEngine(
  framework: Framework,
  path: string,
  changes: Partial<EngineSettings> = {},
): Promise<Engine> {
  const settings = { ...exactSettings, ...changes };
  const engine = await startEngine({ framework, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
  await engine.load(path, settings);
  return engine;
}

const shape: ModelShape = {
  layers: 3,
  embedding: 256,
  feedForward: 512,
  heads: 8,
  keyValueHeads: 2,
  headDimension: 32,
  vocabulary: 600,
  contextLength: 512,
  normEpsilon: 1e-5,
  ropeBase: 10000,
  tiedEmbeddings: false,
};
const llama3: ModelShape['ropeScaling'] = {
  type: 'llama3',
  factor: 32,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalContextLength: 64,
};

export interface RandomKind {
  readonly kind: string;
  readonly architecture: 'llama' | 'qwen2' | 'qwen3' | 'gpt2';
  readonly changes: Partial<ModelShape>;
  /** How far logits may be from llama.cpp's in F32. It looks GELU up in a table of half-precision numbers. */
  readonly tolerance: number;
}

export const randomKinds: readonly RandomKind[] = [
  { kind: 'llama3', architecture: 'llama', changes: { ropeScaling: llama3 }, tolerance: 1e-5 },
  { kind: 'linear', architecture: 'llama', changes: { ropeScaling: { type: 'linear', factor: 4 } }, tolerance: 1e-5 },
  { kind: 'qwen2', architecture: 'qwen2', changes: { attentionBias: true, tiedEmbeddings: true }, tolerance: 1e-5 },
  { kind: 'gpt2', architecture: 'gpt2', changes: { keyValueHeads: 8, ropeBase: null }, tolerance: 2e-3 },
];

export async function randomModel({ kind, architecture, changes }: RandomKind, folder: string): Promise<string> {
  const model: RegisteredModel = {
    id: kind,
    name: kind,
    size: kind,
    family: architecture,
    architecture,
    shape: { ...shape, ...changes },
    sources: {},
  };
  return await synthesize(model, 'f32', 7, folder, () => {});
}

const count = 150;
const tokens = Array.from({ length: count }, (_, i) => (i * i * 31 + 7) % shape.vocabulary);

/** @returns the logits behind each of some tokens, row by row */
export async function logitsOf(framework: Framework, path: string, folder: string): Promise<Float32Array> {
  await using engine = await loadedEngine(framework, path);
  const file = join(folder, framework.name);
  expect(await engine.score({ tokens, from: 1, path: file })).toEqual({ rows: count, columns: shape.vocabulary });
  return new Float32Array((await readFile(file)).buffer);
}

export function furthest(some: Float32Array, others: Float32Array): number {
  return some.reduce((most, value, i) => Math.max(most, Math.abs(value - (others[i] ?? Number.NaN))), 0);
}
