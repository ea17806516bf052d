import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { givenOptions } from '../../../../scripts/command-line/parsing/framework-options.ts';
import { onnx } from '../../../../scripts/frameworks/onnx/framework.ts';
import { sampler } from '../../../../scripts/frameworks/onnx/generation.ts';
import { accuracyLevel, accuracyLevelOption, keyValueType } from '../../../../scripts/frameworks/onnx/options.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { modelFolder, silent, smallModel } from '../../models/model-folder.ts';
import { greedy, loadHere, logitRows, openEngine, tinyIn, tinyModel, topTwo } from './engines.ts';

afterEach(() => vi.unstubAllEnvs());

async function promptOf(engine: { tokenize(text: string): Promise<{ ids: number[] }> }, question: string) {
  const template = chatTemplateOf(await tinyIn('f16'));
  return (await engine.tokenize((await template([{ role: 'user', content: question }])).text)).ids;
}

test('answers are streamed as text, though the engine knows token ids only', async () => {
  await using opened = await openEngine(onnx, tinyModel);
  const prompt = await promptOf(opened.engine, 'Why is the sky blue?');
  const answer = await opened.engine.generate({ prompt, maxTokens: 60, ...greedy, stream: true });
  expect(opened.streamed.join('')).toBe(answer.pieces.join(''));
  expect(opened.streamed.length).toBeGreaterThan(5);
  expect(opened.loaded.effective.build).toMatchObject({
    executionProvider: 'cpu',
    tokenizer: expect.stringMatching(/llama/),
  });
});

test('a prompt longer than a batch, and a prefix that is cached, change no logit that matters', async () => {
  await using opened = await openEngine(onnx, tinyModel, { batchTokens: 7 });
  const { engine } = opened;
  const prompt = await promptOf(engine, 'Name the seven continents.');
  expect(prompt.length).toBeGreaterThan(14);
  const asked = { prompt, maxTokens: 20, ...greedy };
  const cold = await engine.generate(asked);
  const warm = await engine.generate({ ...asked, maxTokens: 30, reusePrefix: true });
  expect(warm.cachedPromptTokens).toBe(prompt.length - 1);
  expect(warm.ids.slice(0, 20)).toEqual(cold.ids);
  const rows = await logitRows(engine, [...prompt, ...cold.ids], prompt.length);
  expect(rows.slice(0, -1).map((row) => topTwo(row).first)).toEqual(cold.ids);
});

test('draws with a temperature as the seed says', async () => {
  await using opened = await openEngine(onnx, tinyModel);
  const drawn = async (seed: number) => {
    const sampling = { ...greedy, temperature: 1.5, seed, ignoreEndOfSequence: true };
    return (await opened.engine.generate({ prompt: [5, 6, 7], maxTokens: 20, ...sampling })).ids;
  };
  const first = await drawn(1);
  expect(await drawn(1)).toEqual(first);
  expect(await drawn(2)).not.toEqual(first);
});

test('an answer that is cancelled ends there, and what is cached of it serves the next one', async () => {
  await using opened = await openEngine(onnx, tinyModel);
  const { engine } = opened;
  const asked = { prompt: [5, 6, 7], ...greedy, ignoreEndOfSequence: true };
  const whole = await engine.generate({ ...asked, maxTokens: 200 });
  const running = engine.generate({ ...asked, maxTokens: 200 });
  await engine.cancel();
  const { ids, stop } = await running;
  expect(stop).toBe('cancelled');
  expect(ids.length).toBeLessThan(200);
  expect(ids).toEqual(whole.ids.slice(0, ids.length));
  const longer = { ...asked, prompt: [...asked.prompt, ...whole.ids.slice(0, 40)], maxTokens: 20, reusePrefix: true };
  const next = await engine.generate(longer);
  expect(next.ids).toEqual(whole.ids.slice(40, 60));
  // Of the cancelled answer all but the last token, which was never fed.
  expect(next.cachedPromptTokens).toBe(Math.min(asked.prompt.length + ids.length - 1, longer.prompt.length - 1));
});

test('a prompt may be of one token, and prompt and answer may fill the context', async () => {
  await using opened = await openEngine(onnx, tinyModel, { contextTokens: 32 });
  const asked = { prompt: [5], maxTokens: 31, ...greedy, ignoreEndOfSequence: true, reusePrefix: true };
  const { ids } = await opened.engine.generate(asked);
  expect(ids).toHaveLength(31);
  // Nothing can be kept of a single token, which must be evaluated.
  expect(await opened.engine.generate(asked)).toMatchObject({ ids, cachedPromptTokens: 0 });
  await expect(opened.engine.generate({ ...asked, maxTokens: 32 })).rejects.toThrow(
    '33 tokens do not fit the context of 32',
  );
});

test('the kernel workload begins behind the positions that it is asked to fill', async () => {
  await using opened = await openEngine(onnx, tinyModel, { contextTokens: 64, batchTokens: 8 });
  const asked = { test: 'tg', tokens: 24, depth: 40, seed: 1 } as const;
  expect((await opened.engine.kernel(asked)).durationNs).toBeGreaterThan(0);
  await expect(opened.engine.kernel({ ...asked, depth: 41 })).rejects.toThrow('65 tokens do not fit the context of 64');
});

test.each([
  { level: undefined, read: 4, activations: 'int8', weights: '8-bit integers, a float32 scale for each 32' },
  { level: '0', read: null, activations: 'f32', weights: 'float32' },
])(
  'activations at the level $level of 8-bit weights are $activations',
  async ({ level, read, activations, weights }) => {
    if (level !== undefined) vi.stubEnv('TOKENLAP_ONNX_ACCURACY_LEVEL', level);
    const { path } = await tinyIn('q8_0');
    await using opened = await openEngine(onnx, path, { threads: 2, kvType: 'auto' });
    expect(opened.loaded.effective).toMatchObject({
      settings: { accuracyLevel: read, activations, spinning: true },
      weights: { format: weights },
    });
  },
);

test('shows when the prompt is evaluated where it draws by itself, and not where the graph has chosen by then', async () => {
  await using opened = await openEngine(onnx, tinyModel);
  expect(opened.loaded.effective.settings.kernelChoosesToken).toBe(true);
  const asked = { prompt: [5, 6, 7], maxTokens: 4, ...greedy, ignoreEndOfSequence: true };
  expect((await opened.engine.generate(asked)).promptEvaluatedNs).toBeNull();
  const { promptEvaluatedNs, submitNs, atNs } = await opened.engine.generate({ ...asked, temperature: 1 });
  expect(promptEvaluatedNs).toBeGreaterThan(submitNs);
  expect(promptEvaluatedNs).toBeLessThan(atNs[0] ?? 0);
});

test('reads back its threads and the accuracy level of the graph', async () => {
  const { path } = await tinyIn('q8_0');
  await using opened = await openEngine(onnx, path, { threads: 2, kvType: 'auto' });
  expect(opened.loaded.effective).toMatchObject({
    ...{ device: 'cpu', comparable: true, notes: [] },
    settings: { threads: 2, gpuLayers: 0, kvType: 'f32', accuracyLevel: 4 },
    weights: { format: '8-bit integers, a float32 scale for each 32' },
  });
  expect(await opened.engine.statistics()).toMatchObject({ graphFileBytes: expect.any(Number) });
});

test('tells of settings that mean nothing to it', async () => {
  await using opened = await openEngine(onnx, tinyModel, { gpuLayers: 3, flashAttention: 'on', contextTokens: 600 });
  expect(opened.loaded.effective.notes.map(({ code }) => code)).toEqual([
    'gpu_layers_ignored',
    'context_beyond_training',
    'flash_attention_ignored',
  ]);
});

test('a device that no build has a provider for is refused in one line', async () => {
  const error: unknown = await loadHere(onnx, tinyModel, { device: 'openvino' }).catch((thrown) => thrown);
  expect(error).toMatchObject({
    message: 'this build of onnxruntime-node has no execution provider for openvino',
    remedy: expect.stringMatching(/^It has: cpu/),
    exitCode: 3,
  });
});

test('a provider that is in the build but does not work here is refused, and not replaced by the processor', async () => {
  const { listSupportedBackends } = await import('../../../../scripts/frameworks/onnx/runtime.ts');
  const availability = await onnx.probe({});
  const working = availability.status === 'available' ? availability.devices.map(({ kind }) => kind) : [];
  const idle = listSupportedBackends().find(({ name }) => onnx.devices.includes(name) && !working.includes(name));
  if (idle !== undefined)
    await expect(loadHere(onnx, tinyModel, { device: idle.name })).rejects.toThrow(
      `cannot compute on ${idle.name} here`,
    );
});

test('settings that do not exist are refused with those that do', () => {
  expect(() => keyValueType('q8_0')).toThrow('ONNX Runtime has no KV cache type "q8_0"');
  const environment = (level: string) => ({ TOKENLAP_ONNX_ACCURACY_LEVEL: level });
  expect(() => givenOptions([accuracyLevelOption], {}, environment('5'))).toThrow(
    'TOKENLAP_ONNX_ACCURACY_LEVEL is "5"',
  );
  expect([accuracyLevel('cpu', {}), accuracyLevel('webgpu', {})]).toEqual([4, 0]);
  expect(accuracyLevel('cpu', givenOptions([accuracyLevelOption], {}, environment('0')))).toBe(0);
});

test('samples with the probabilities of the softmax, and the same with the same seed', () => {
  const logits = Float32Array.of(0, Math.log(3), Number.NEGATIVE_INFINITY);
  const draw = sampler(1, 7);
  const drawn = Array.from({ length: 4000 }, () => draw(logits));
  expect(drawn.filter((id) => id === 1).length / 4000).toBeCloseTo(0.75, 1);
  expect(drawn).not.toContain(2);
  const again = sampler(1, 7);
  expect(drawn.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => again(logits)));
});

test('draws from the nucleus only, which is found before the temperature is applied', () => {
  const logits = Float32Array.from([0.5, 0.3, 0.15, 0.05], Math.log);
  const drawn = (topP: number, temperature: number) => {
    const draw = sampler(temperature, 7, topP);
    return new Set(Array.from({ length: 2000 }, () => draw(logits)));
  };
  expect([...drawn(0, 5)]).toEqual([0]);
  expect([...drawn(0.49, 5)]).toEqual([0]);
  expect([...drawn(0.51, 5)].sort()).toEqual([0, 1]);
  expect([...drawn(0.81, 5)].sort()).toEqual([0, 1, 2]);
  expect([...drawn(0.96, 5)].sort()).toEqual([0, 1, 2, 3]);
  expect([...drawn(1, 5)].sort()).toEqual([0, 1, 2, 3]);
  // Two that are equally probable go together.
  const equal = Float32Array.of(1, 1, 0);
  const draw = sampler(1, 3, 0.1);
  expect(new Set(Array.from({ length: 200 }, () => draw(equal)))).toEqual(new Set([0, 1]));
});

/** Chromium brings a Vulkan that computes on the processor; ONNX Runtime finds it when it is told where. */
const chromium = '/usr/lib/chromium';
const swiftShader = `${chromium}/libvk_swiftshader.so`;

const absent = skipped(!existsSync(swiftShader), `a software WebGPU: there is no ${swiftShader}`);

describe.skipIf(absent)('on a software WebGPU', () => {
  test.each(['q8_0', 'f16'] as const)('%s gives the tokens of the processor, and is not compared', async (mixture) => {
    const folder = modelFolder();
    vi.stubEnv('TOKENLAP_CACHE', folder);
    vi.stubEnv('LD_LIBRARY_PATH', chromium);
    vi.stubEnv('VK_ICD_FILENAMES', `${chromium}/vk_swiftshader_icd.json`);
    const path = await synthesize(smallModel('llama'), mixture, 3, folder, silent);
    await using processor = await openEngine(onnx, path);
    await using webgpu = await openEngine(onnx, path, { device: 'webgpu' });
    expect(webgpu.loaded.effective).toMatchObject({ device: 'webgpu', comparable: false, settings: { gpuLayers: 2 } });
    const asked = { prompt: [260, 270, 280], maxTokens: 3, ...greedy, ignoreEndOfSequence: true };
    const { ids } = await webgpu.engine.generate(asked);
    expect(ids).toEqual((await processor.engine.generate(asked)).ids);
    // Keys and values of the prompt and of all tokens but the last, which was never fed.
    expect((await webgpu.engine.memory()).contextBytes).toBe(5 * webgpu.loaded.effective.kvBytesPerPosition);
  });
});
