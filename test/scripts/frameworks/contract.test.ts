/** What every framework of the registry must do, tried for real on the embedded model. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monotonicNow } from '../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../scripts/engine/engine.ts';
import type { Loaded } from '../../../scripts/frameworks/messages.ts';
import { frameworkNamed, frameworks } from '../../../scripts/frameworks/registry.ts';
import { type ChatTemplate, chatTemplateOf } from '../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../scripts/models/resolve.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';
import { defaultQuestionsFile, readQuestions } from '../../../scripts/workloads/questions/questions.ts';
import { skipped } from '../../fakes/skipped.ts';
import { presentFrameworks } from './present.ts';

const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');

const settings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 512,
  batchTokens: 64,
  kvType: 'f16',
};
const sampling = { temperature: 0, seed: 42, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

/** Some compile their kernels, which takes a while on a machine that does other work. */
const engineTimeoutMs = 400_000;

it('the registry has no two frameworks of one name, and an unknown name is answered with the known ones', () => {
  expect(new Set(frameworks.map(({ name }) => name)).size).toBe(frameworks.length);
  expect(() => frameworkNamed('nope')).toThrow(/unknown framework "nope"/);
});

describe.each(await presentFrameworks())('$name', { timeout: engineTimeoutMs }, ({ framework }) => {
  let engine: Engine;
  let loaded: Loaded;
  let template: ChatTemplate;
  const spans: string[] = [];

  beforeAll(async () => {
    engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings,
      timeoutMs: engineTimeoutMs,
      onCheckpoint: ({ name, edge }) => spans.push(`${name} ${edge}`),
    });
    const availability = await engine.probe();
    expect(availability.status, JSON.stringify(availability)).toBe('available');
    // Where keys and values have the format of the arithmetic, another one is refused, and that one is taken.
    loaded = await engine.load(tiny, settings).catch((refused: unknown) => {
      expect(refused).toMatchObject({ message: expect.stringContaining('--kv-type f16'), remedy: expect.any(String) });
      return engine.load(tiny, { ...settings, kvType: 'auto' });
    });
    template = chatTemplateOf(
      await resolveModel(
        {
          size: 'tiny',
          algorithm: undefined,
          quantize: 'f16',
          path: undefined,
          synthetic: false,
          seed: 1,
          offline: true,
          formats: framework.quantizations,
        },
        () => {},
      ),
    );
  }, engineTimeoutMs);

  afterAll(() => engine[Symbol.asyncDispose]());

  const idsOf = async (question: string) =>
    (await engine.tokenize((await template([{ role: 'user', content: question }])).text)).ids;

  it('is described by data: devices, formats, and a module that exports it', () => {
    expect(framework.devices).toContain('cpu');
    expect(framework.quantizations.length).toBeGreaterThan(0);
    if (framework.host === 'node') expect(framework.module).toMatch(/^file:/);
    else expect(framework.module).toMatch(/^frameworks\.\w+\.engine$/);
  });

  it('tells the spans of its loading and reads its settings back', () => {
    expect(spans).toEqual(expect.arrayContaining(['model_load start', 'model_load end']));
    expect(loaded.effective.device).toBe('cpu');
    expect(loaded.effective.settings.threads).toBe(1);
    expect(loaded.effective.settings.contextTokens).toBe(512);
    expect(loaded.effective.settings).toMatchObject({
      ...{ activations: expect.any(String), kvType: expect.any(String), spinning: false },
      affinity: expect.stringMatching(/^[\d,-]+$/),
    });
    expect(Object.keys(loaded.effective.build)).toEqual(expect.arrayContaining(['buildType', 'cpuVariant']));
    const bytes = loaded.effective.settings.kvType === 'f32' ? 4 : 2;
    // 4 layers x 2 KV heads x 64 x (key + value)
    expect(loaded.effective.kvBytesPerPosition).toBe(4 * 2 * 64 * 2 * bytes);
  });

  it('answers every predefined question word for word, and twice alike', async () => {
    const { questions } = await readQuestions(defaultQuestionsFile);
    for (const { question, answer } of questions) {
      const prompt = await idsOf(question);
      const first = await engine.generate({ prompt, maxTokens: 128, ...sampling });
      const second = await engine.generate({ prompt, maxTokens: 128, ...sampling });
      expect(first.pieces.join('').trim()).toBe(answer);
      expect(second.ids).toEqual(first.ids);
      expect(first.stop).toBe('end');
    }
  });

  it('draws from the most probable tokens only, where it says that it can', async () => {
    const prompt = await idsOf('Why is the sky blue?');
    const hot = { maxTokens: 40, ...sampling, temperature: 2 };
    const { ids: greedy } = await engine.generate({ prompt, ...hot, temperature: 0 });
    const { ids: narrow } = await engine.generate({ prompt, ...hot, topP: 0.0001 });
    const { ids: wide } = await engine.generate({ prompt, ...hot, topP: 1 });
    const { ids: without } = await engine.generate({ prompt, ...hot });
    if (framework.samplesTopP === true) expect(narrow).toEqual(greedy);
    else expect(narrow).toEqual(without);
    expect(wide).not.toEqual(greedy);
    expect(without).toEqual(wide);
  });

  it('stamps in order: submission, prompt, first token, every further token', async () => {
    const { submitNs, promptEvaluatedNs, atNs, ids } = await engine.generate({
      prompt: await idsOf('Why is the sky blue?'),
      maxTokens: 128,
      ...sampling,
    });
    const instants = [submitNs, ...(promptEvaluatedNs === null ? [] : [promptEvaluatedNs]), ...atNs];
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(atNs).toHaveLength(ids.length);
    expect(atNs[0]).toBeGreaterThan(submitNs);
  });

  it('generates exactly as many tokens as asked when it ignores the end', async () => {
    const prompt = await idsOf('What is 9 - 4?');
    const generation = await engine.generate({ prompt, maxTokens: 40, ...sampling, ignoreEndOfSequence: true });
    expect(generation.ids).toHaveLength(40);
    expect(generation.stop).toBe('length');
  });

  it('gives the same answer with the prefix cached as without', async () => {
    const cold = await engine.generate({ prompt: await idsOf('Why is the sky blue?'), maxTokens: 60, ...sampling });
    const prompt = await idsOf('Why is the sky blue?');
    const warm = await engine.generate({ prompt, maxTokens: 60, ...sampling, reusePrefix: true });
    expect(warm.ids).toEqual(cold.ids);
    expect(warm.cachedPromptTokens).toBeLessThan(prompt.length);
  });

  it('puts the pieces of its tokens together to the text, characters of several tokens included', async () => {
    const { ids } = await engine.tokenize('Zürich, 東京 and 🙂');
    expect(ids.length).toBeGreaterThan(10);
    const prompt = await idsOf('Name the seven continents.');
    const { pieces, ids: generated } = await engine.generate({ prompt, maxTokens: 60, ...sampling });
    expect(pieces).toHaveLength(generated.length);
  });

  it('refuses a prompt that does not fit its context, and goes on', async () => {
    const prompt = new Array<number>(600).fill(5);
    await expect(engine.generate({ prompt, maxTokens: 10, ...sampling })).rejects.toThrow(/context of 512/);
    const next = await engine.generate({ prompt: await idsOf('What is 9 - 4?'), maxTokens: 10, ...sampling });
    expect(next.pieces.join('').trim()).toBe('5');
  });

  it('shows logits whose greatest are its own greedy tokens, where it can', async ({ skip }) => {
    skip(skipped(!loaded.abilities.score, `logits of ${framework.title}: it cannot show them`));
    const prompt = await idsOf('Why is the sky blue?');
    const { ids, endToken } = await engine.generate({ prompt, maxTokens: 128, ...sampling });
    const folder = await mkdtemp(join(tmpdir(), 'tokenlap-logits-'));
    const path = join(folder, 'logits');
    const { rows, columns } = await engine.score({ tokens: [...prompt, ...ids], from: prompt.length, path });
    const bytes = await readFile(path);
    await rm(folder, { recursive: true });
    expect([rows, columns]).toEqual([ids.length + 1, 512]);
    expect(bytes).toHaveLength(rows * columns * 4);
    const logits = new Float32Array(bytes.buffer, bytes.byteOffset, rows * columns);
    const chosen = Array.from({ length: rows }, (_, row) => {
      const values = logits.subarray(row * columns, (row + 1) * columns);
      return values.indexOf(Math.max(...values));
    });
    expect(chosen.slice(0, -1)).toEqual(ids);
    // After the last word comes the end of the turn, which has a text only where special tokens are written out.
    expect(endToken).toBe(chosen.at(-1));
    expect(await engine.detokenize([chosen.at(-1) ?? -1])).toEqual(['']);
    expect(await engine.detokenize([chosen.at(-1) ?? -1], true)).toEqual(['<|im_end|>']);
  });

  it('tells likelihoods that its logits give too, where it can', async ({ skip }) => {
    skip(skipped(!loaded.abilities.likelihoods, `log-likelihoods of ${framework.title}: it does not report them`));
    const { ids: tokens } = await engine.tokenize(
      'The axis of the Earth is tilted. What is 9 - 4? 7\n'.repeat(3),
      true,
    );
    const folder = await mkdtemp(join(tmpdir(), 'tokenlap-logits-'));
    const path = join(folder, 'logits');
    const { columns } = await engine.score({ tokens, from: 5, path });
    const bytes = await readFile(path);
    await rm(folder, { recursive: true });
    const logits = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const { logProbabilities, mostProbable, top } = await engine.likelihoods({ tokens, from: 5 });
    expect(logProbabilities).toHaveLength(tokens.length - 5);
    expect(top).toBeUndefined();
    const three = await engine.likelihoods({ tokens, from: 5, top: 3 });
    const one = await engine.likelihoods({ tokens, from: 5, top: 1 });
    expect(one.top).toHaveLength(tokens.length - 5);
    for (const [i, token] of tokens.slice(5).entries()) {
      const row = logits.subarray(i * columns, (i + 1) * columns);
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      expect(logProbabilities[i]).toBeCloseTo((row[token] ?? 0) - Math.log(sum), 4);
      expect(mostProbable[i]).toBe(row.indexOf(Math.max(...row)));
      const best = [...row.toSorted((a, b) => b - a).slice(0, 3)];
      expect(three.top?.[i]?.map(([id]) => row[id])).toEqual(best.map((logit) => expect.closeTo(logit, 4)));
      for (const [place, logit] of best.entries()) {
        expect(three.top?.[i]?.[place]?.[1]).toBeCloseTo(logit - Math.log(sum), 4);
      }
      expect(one.top?.[i]).toEqual([[mostProbable[i], expect.closeTo((best[0] ?? 0) - Math.log(sum), 4)]]);
    }
  });

  it('takes what looks like a special token for text where it is told to', async () => {
    const { ids: special } = await engine.tokenize('<|im_end|>');
    const { ids: plain } = await engine.tokenize('<|im_end|>', true);
    expect(special).toHaveLength(1);
    expect(plain.length).toBeGreaterThan(3);
  });

  it('runs the kernel workload where it has one', async ({ skip }) => {
    skip(skipped(!loaded.abilities.kernel, `kernel workload of ${framework.title}: it has none`));
    const pp = await engine.kernel({ test: 'pp', tokens: 128, depth: 0, seed: 1 });
    const deep = await engine.kernel({ test: 'tg', tokens: 16, depth: 64, seed: 1 });
    expect(pp.durationNs).toBeGreaterThan(0);
    expect(deep.durationNs).toBeGreaterThan(0);
    expect(deep.startNs).toBeGreaterThan(pp.startNs);
  });

  it('tells what its weights and its cache take', async () => {
    const memory = await engine.memory();
    expect(memory.weightsBytes).toBeGreaterThan(3e6);
    expect(memory.weightsBytes).toBeLessThan(20e6);
    expect(memory.contextBytes).toBeGreaterThan(0);
  });
});
