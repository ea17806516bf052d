/** The answers of a real engine to all predefined questions, on the embedded model in any of its formats. */
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import type { OnProgress } from '../../../../scripts/engine/host-client.ts';
import type { Loaded } from '../../../../scripts/frameworks/messages.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { type ResolvedModel, resolveModel } from '../../../../scripts/models/resolve.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';

/** Every format runs the same kernels but for those that read weights, so that some answers tell; f16 is what the model comes in. */
export const questionsByFormat: ReadonlyArray<readonly [quantize: string, questions: number]> = [
  ['f32', 6],
  ['f16', 26],
  ['q8_0', 6],
  ['q4_0', 6],
];

/** KV in F32: the two engines then differ in the order of their sums and in nothing else. */
const settings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 512,
  batchTokens: 64,
  flashAttention: 'off',
  kvType: 'f32',
};
export const greedy = { temperature: 0, seed: 42, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

const timeoutMs = 300_000;

export async function embeddedModel(quantize: string): Promise<ResolvedModel> {
  const request = { size: 'tiny', algorithm: undefined, path: undefined, synthetic: false, seed: 1, offline: true };
  return resolveModel({ ...request, quantize, formats: [] }, () => {});
}

export interface LoadedEngine extends AsyncDisposable {
  engine: Engine;
  loaded: Loaded;
  spans: string[];
}

export async function loadEngine(
  name: string,
  model: ResolvedModel,
  changed: Partial<EngineSettings> = {},
  { onProgress = () => {}, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<LoadedEngine> {
  const wanted = { ...settings, ...changed };
  const spans: string[] = [];
  const engine = await startEngine({
    framework: frameworkNamed(name),
    originNs: monotonicNow(),
    settings: wanted,
    timeoutMs,
    onProgress,
    onCheckpoint: ({ name, edge }) => spans.push(`${name} ${edge}`),
  });
  signal?.addEventListener('abort', () => void engine[Symbol.asyncDispose]());
  try {
    const loaded = await engine.load(model.path, wanted);
    return { engine, loaded, spans, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** Token ids of every predefined question with the model's chat template. */
async function questionPrompts(engine: Engine, model: ResolvedModel): Promise<number[][]> {
  const template = chatTemplateOf(model);
  const prompts: number[][] = [];
  for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
    const { text } = await template([{ role: 'user', content: question }]);
    prompts.push((await engine.tokenize(text)).ids);
  }
  return prompts;
}

export async function greedyAnswers(engine: Engine, prompts: readonly number[][]): Promise<number[][]> {
  const answers: number[][] = [];
  for (const prompt of prompts) {
    answers.push((await engine.generate({ prompt, maxTokens: 96, ...greedy })).ids);
  }
  return answers;
}

export interface Reference {
  prompts: number[][];
  answers: number[][];
}

const references = new Map<string, Promise<Reference>>();

/** Greedy token ids of llama.cpp; asked once for a file. */
export function referenceAnswers(model: ResolvedModel): Promise<Reference> {
  const known = references.get(model.path) ?? answersOfLlamacpp(model);
  references.set(model.path, known);
  return known;
}

async function answersOfLlamacpp(model: ResolvedModel): Promise<Reference> {
  await using reference = await loadEngine('llamacpp', model);
  const prompts = await questionPrompts(reference.engine, model);
  return { prompts, answers: await greedyAnswers(reference.engine, prompts) };
}
