/** Against a real torch and tinygrad, installed by `npx tsx scripts/frameworks.ts install hybrid`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { interpreterFor, pythonEnvironment } from '../../../../scripts/engine/python-interpreter.ts';
import { hybrid } from '../../../../scripts/frameworks/hybrid/framework.ts';
import { present } from '../present.ts';
import {
  embeddedModel,
  greedy,
  greedyAnswers,
  type LoadedEngine,
  loadEngine,
  questionsByFormat,
  referenceAnswers,
} from '../tinygrad/greedy-answers.ts';

const suiteTimeoutMs = 400_000;

describe.skipIf(!(await present(hybrid)))('real hybrid', { timeout: suiteTimeoutMs }, () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(questionsByFormat)(
    'answers in %s, asked %i predefined questions, with the token ids of llama.cpp',
    async (quantize, questions) => {
      const model = await embeddedModel(quantize);
      const { prompts, answers } = await referenceAnswers(model);
      await using ours = await loadEngine('hybrid', model);
      const wanted = answers.slice(0, questions);
      expect(await greedyAnswers(ours.engine, prompts.slice(0, questions))).toEqual(wanted);
      const statistics = await ours.engine.statistics();
      expect(statistics.fallbacks).toBe(0);
      // The first token of an answer comes from the prompt, and the end token that follows the last is one more.
      expect(statistics.tinygrad_tokens).toBe(wanted.flat().length);
    },
  );

  describe('one engine', () => {
    let ours: LoadedEngine;

    beforeAll(async () => {
      // PyTorch alone packs weights where several threads multiply, and tinygrad could not read those.
      ours = await loadEngine('hybrid', await embeddedModel('f16'), { threads: 2 });
    }, suiteTimeoutMs);
    afterAll(() => ours[Symbol.asyncDispose]());

    it('shares every byte of weights and KV cache and copies none', async () => {
      await ours.engine.generate({ prompt: [1, 5, 6, 7], maxTokens: 20, ...greedy });
      const { weightsBytes = 0, contextBytes = 0 } = await ours.engine.memory();
      const statistics = await ours.engine.statistics();
      expect(statistics.fallbacks).toBe(0);
      expect(statistics.copied_bytes).toBe(0);
      expect(statistics.shared_bytes).toBeGreaterThanOrEqual(weightsBytes + contextBytes);
      expect(ours.loaded.effective.build.memory).toBe('shared');
      expect(ours.loaded.effective.notes.map(({ code }) => code)).not.toContain('memory_copied');
    });

    it('reads with torch what tinygrad wrote: answers go on from a prefix of generated tokens', async () => {
      const prompt = [1, 5, 6, 7, 8];
      const cold = await ours.engine.generate({ prompt, maxTokens: 40, ...greedy, ignoreEndOfSequence: true });
      const longer = [...prompt, ...cold.ids.slice(0, 20)];
      const warm = await ours.engine.generate({
        prompt: longer,
        maxTokens: 20,
        ...greedy,
        ignoreEndOfSequence: true,
        reusePrefix: true,
      });
      expect(warm.cachedPromptTokens).toBe(longer.length - 1);
      expect(warm.ids).toEqual(cold.ids.slice(20));
    });

    it('compiles in a span of its own, before the first answer', async () => {
      expect(ours.spans).toEqual(expect.arrayContaining(['jit_compilation start', 'jit_compilation end']));
      expect((await ours.engine.statistics()).jit_kernels).toBeGreaterThan(20);
    });
  });

  it('shows torch and tinygrad the same bytes, and counts those it must copy', async () => {
    const { path } = await interpreterFor(hybrid);
    const checks = resolve(import.meta.dirname, 'bridge.py');
    const env = { ...process.env, ...pythonEnvironment(), DEV: 'CPU' };
    await expect(promisify(execFile)(path, ['-B', checks], { env })).resolves.toMatchObject({
      stderr: expect.stringMatching(/\nOK\n$/),
    });
  });

  it('lets PyTorch decode where tinygrad cannot compile, says so, and is not comparable', async () => {
    const { path } = await interpreterFor(hybrid);
    const folder = await mkdtemp(join(tmpdir(), 'tokenlap-no-compiler-'));
    try {
      const model = await embeddedModel('f16');
      const { prompts, answers } = await referenceAnswers(model);
      await symlink(path, join(folder, 'python3'));
      vi.stubEnv('TOKENLAP_PYTHON', path);
      vi.stubEnv('PATH', folder);
      vi.stubEnv('CC', 'no-such-compiler');
      vi.stubEnv('XDG_CACHE_HOME', folder);
      await using ours = await loadEngine('hybrid', model);
      expect(ours.loaded.effective.comparable).toBe(false);
      expect(ours.loaded.effective.notes).toContainEqual({
        code: 'fallback',
        message: expect.stringContaining('no-such-compiler'),
      });
      expect(await greedyAnswers(ours.engine, prompts.slice(0, 3))).toEqual(answers.slice(0, 3));
      const statistics = await ours.engine.statistics();
      expect(statistics).toMatchObject({ fallbacks: 1, tinygrad_tokens: 0 });
      expect(statistics.fallback_tokens).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
