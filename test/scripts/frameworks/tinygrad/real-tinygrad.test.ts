/** Against a real tinygrad, installed by `npx tsx scripts/frameworks.ts install tinygrad`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinygrad } from '../../../../scripts/frameworks/tinygrad/framework.ts';
import type { ResolvedModel } from '../../../../scripts/models/resolve.ts';
import { present } from '../present.ts';
import {
  embeddedModel,
  greedy,
  greedyAnswers,
  type LoadedEngine,
  loadEngine,
  questionsByFormat,
  referenceAnswers,
} from './greedy-answers.ts';

const suiteTimeoutMs = 400_000;

describe.skipIf(!(await present(tinygrad)))('real tinygrad', { timeout: suiteTimeoutMs }, () => {
  it.each(questionsByFormat)(
    'answers in %s, asked %i predefined questions, with the token ids of llama.cpp',
    async (quantize, questions) => {
      const model = await embeddedModel(quantize);
      const { prompts, answers } = await referenceAnswers(model);
      await using ours = await loadEngine('tinygrad', model);
      expect(await greedyAnswers(ours.engine, prompts.slice(0, questions))).toEqual(answers.slice(0, questions));
      expect(ours.loaded.effective.weights).toBeUndefined();
      expect(ours.loaded.effective.settings.kvType).toBe('f32');
    },
  );

  describe.each([
    { what: 'in float32', changed: { precision: 'float32' }, format: 'float32' },
    { what: 'in float16', changed: { precision: 'float16', kvType: 'f16' }, format: 'float16' },
    { what: 'with its layers on two devices', changed: { deviceCount: 2, shard: 'layers' }, format: 'float16' },
    {
      what: 'with its heads and KV cache on two devices',
      changed: { deviceCount: 2, shard: 'heads' },
      format: 'float16',
    },
  ] as const)('$what', ({ changed, format }) => {
    it('gives the same ids as llama.cpp in f16', async () => {
      const model = await embeddedModel('f16');
      const { prompts, answers } = await referenceAnswers(model);
      await using ours = await loadEngine('tinygrad', model, changed);
      expect(await greedyAnswers(ours.engine, prompts.slice(0, 4))).toEqual(answers.slice(0, 4));
      expect(ours.loaded.effective.settings).toMatchObject(changed);
      expect(ours.loaded.effective.weights?.format).toBe(format);
    });
  });

  it('splits int8 weights by heads, and refuses nf4 with the way out', async () => {
    const model = await embeddedModel('f16');
    const split = { deviceCount: 2, shard: 'heads' } as const;
    await using ours = await loadEngine('tinygrad', model, { ...split, precision: 'int8' });
    expect((await ours.engine.generate({ prompt: [1, 5, 6, 7], maxTokens: 8, ...greedy })).ids).toHaveLength(8);
    await expect(loadEngine('tinygrad', model, { ...split, precision: 'nf4' })).rejects.toMatchObject({
      message: 'tinygrad cannot split nf4 weights by heads',
      remedy: expect.stringContaining('--shard layers'),
    });
  });

  it.each([
    ['int8', 'int8 per row', 7.9, 9.5],
    ['nf4', 'nf4 in blocks of 64', 4.2, 6.5],
  ] as const)('converts to %s at load and says what that takes', async (precision, format, least, most) => {
    await using ours = await loadEngine('tinygrad', await embeddedModel('f16'), { precision });
    expect(ours.loaded.effective.weights?.format).toBe(format);
    expect(ours.loaded.effective.weights?.bitsPerWeight).toBeGreaterThan(least);
    expect(ours.loaded.effective.weights?.bitsPerWeight).toBeLessThan(most);
    const { ids } = await ours.engine.generate({ prompt: [1, 5, 6, 7], maxTokens: 8, ...greedy });
    expect(ids).toHaveLength(8);
  });

  it.each([
    [{ precision: 'bfloat16' }, /bfloat16/],
    [{ kvType: 'q8_0' }, /KV cache type "q8_0"/],
    [{ deviceCount: 3, shard: 'heads' }, /cannot be split evenly over 3 devices/],
  ] as const)('refuses %o in one line', async (changed, message) => {
    await expect(loadEngine('tinygrad', await embeddedModel('f16'), changed)).rejects.toThrow(message);
  });

  describe('one engine', () => {
    let model: ResolvedModel;
    let ours: LoadedEngine;

    beforeAll(async () => {
      model = await embeddedModel('f16');
      ours = await loadEngine('tinygrad', model, { threads: 2, kvType: 'auto' });
    }, suiteTimeoutMs);
    afterAll(() => ours[Symbol.asyncDispose]());

    it('compiles in a span of its own, before the first answer', async () => {
      expect(ours.spans.filter((span) => span.startsWith('jit_compilation'))).toEqual([
        'jit_compilation start',
        'jit_compilation end',
      ]);
      const before = await ours.engine.statistics();
      await ours.engine.generate({ prompt: [1, 5, 6, 7], maxTokens: 20, ...greedy });
      const after = await ours.engine.statistics();
      expect(after.kernel_cache_kernels).toBe(before.kernel_cache_kernels);
      expect(after.jit_kernels).toBe(before.jit_kernels);
    });

    it('counts at least the bytes of its weights for a step, and tells its cache of kernels', async () => {
      const statistics = await ours.engine.statistics();
      expect(statistics.global_mem_per_step_bytes).toBeGreaterThan(3.4e6);
      expect(statistics.global_mem_per_step_bytes).toBeLessThan(6.9e6);
      expect(statistics.kernel_cache_kernels).toBeGreaterThan(40);
      expect(Number(statistics.kernel_cache_hits) + Number(statistics.kernel_cache_new_kernels)).toBeGreaterThan(40);
    });

    it('caches keys and values in f16 by itself, and says so', () => {
      expect(ours.loaded.effective.settings.kvType).toBe('f16');
      // 4 layers x 2 KV heads x 64 x (key + value) x 2 bytes
      expect(ours.loaded.effective.kvBytesPerPosition).toBe(4 * 2 * 64 * 2 * 2);
    });

    it('says that its CPU backend computes on one thread when more are asked for', () => {
      expect(ours.loaded.effective.settings.threads).toBe(1);
      expect(ours.loaded.effective.notes.map(({ code }) => code)).toContain('threads');
    });

    it('stamps how long each step took to be handed over, never longer than the step', async () => {
      const { enqueueNs, atNs, submitNs } = await ours.engine.generate({ prompt: [1, 5, 6], maxTokens: 12, ...greedy });
      expect(enqueueNs).toHaveLength(12);
      for (const [index, handed] of (enqueueNs ?? []).entries()) {
        expect(handed).toBeGreaterThan(0);
        expect(handed).toBeLessThan((atNs[index] ?? 0) - (atNs[index - 1] ?? submitNs));
      }
    });

    it('shows no end of the prompt, because its function goes on to the first token', async () => {
      const { promptEvaluatedNs } = await ours.engine.generate({ prompt: [1, 5, 6], maxTokens: 2, ...greedy });
      expect(promptEvaluatedNs).toBeNull();
    });

    it('samples alike with the same seed and otherwise with another, though its functions are captured', async () => {
      const sampled = async (seed: number) =>
        (await ours.engine.generate({ prompt: [1, 5, 6, 7], maxTokens: 24, ...greedy, temperature: 1, seed })).ids;
      const [first, second, again] = [await sampled(1), await sampled(2), await sampled(1)];
      expect(again).toEqual(first);
      expect(second).not.toEqual(first);
    });
  });
});
