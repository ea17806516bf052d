/** Engines in processes of their own, and what is asked of two of them alike. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import type { Framework, NodeFramework } from '../../../../scripts/frameworks/framework.ts';
import type { Loaded } from '../../../../scripts/frameworks/messages.ts';
import { configured } from '../../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';

export const tinyModel = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');

export const engineSettings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 256,
  batchTokens: 64,
  kvType: 'f32',
};

export interface OpenedEngine extends AsyncDisposable {
  engine: Engine;
  loaded: Loaded;
  /** The text of answers that are streamed. */
  streamed: string[];
}

export async function openEngine(
  framework: Framework,
  modelPath: string,
  changes: Partial<EngineSettings> = {},
): Promise<OpenedEngine> {
  const settings = { ...engineSettings, framework: configured(framework).given ?? {}, ...changes };
  const streamed: string[] = [];
  const engine = await startEngine({
    framework,
    originNs: monotonicNow(),
    settings,
    timeoutMs: 60_000,
    onPiece: (text) => streamed.push(text),
  });
  try {
    await engine.probe();
    const loaded = await engine.load(modelPath, settings);
    return { engine, loaded, streamed, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** In this process: for what is refused before anything is computed. */
export function loadHere(framework: NodeFramework, modelPath: string, changes: Partial<EngineSettings> = {}) {
  return framework.load({
    ...{
      modelPath,
      settings: { ...engineSettings, framework: configured(framework).given ?? {}, ...changes },
      endOfSequence: new Set(),
    },
    ...{ span: (_name, work) => work(), progress: () => {} },
  });
}

/** The embedded model in another format, and its chat template. */
export function tinyIn(quantize: string) {
  const nothingElse = { algorithm: undefined, path: undefined, synthetic: false, seed: 1, offline: true, formats: [] };
  return resolveModel({ size: 'tiny', quantize, ...nothingElse }, () => {});
}

export const greedy = { temperature: 0, seed: 42, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

/** Teacher-forced logits after each token from index `from - 1` on. @returns a row of the vocabulary for each */
export async function logitRows(engine: Engine, tokens: readonly number[], from: number): Promise<Float32Array[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenlap-logits-'));
  const path = join(folder, 'logits');
  const { rows, columns } = await engine.score({ tokens, from, path });
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, rows * columns);
  return Array.from({ length: rows }, (_, row) => all.subarray(row * columns, (row + 1) * columns));
}

/** Ids of the greatest logit and of the one after it, and the gap between the two. */
export function topTwo(row: Float32Array): { first: number; second: number; gap: number } {
  const order = Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
  const [first = 0, second = 0] = order;
  return { first, second, gap: (row[first] ?? 0) - (row[second] ?? 0) };
}

/** Largest difference of any logit. */
export function largestDifference(one: readonly Float32Array[], other: readonly Float32Array[]): number {
  return Math.max(
    ...one.map((row, i) =>
      row.reduce((most, logit, id) => Math.max(most, Math.abs(logit - (other[i]?.[id] ?? Number.NaN))), 0),
    ),
  );
}
