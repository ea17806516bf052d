/** transformers, with a real one: its answers by `generate` against llama.cpp, and its logits against PyTorch. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import { transformers } from '../../../../scripts/frameworks/transformers/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { smallFolder } from '../../models/convert/small-families.ts';
import { converted, exported } from '../../models/export/exported.ts';
import {
  engineSettings,
  greedy,
  largestDifference,
  logitRows,
  type OpenedEngine,
  openEngine,
  tinyIn,
  tinyModel,
} from '../onnx/engines.ts';
import { present } from '../present.ts';

// Flash attention of llama.cpp rounds to half precision.
const exact = { flashAttention: 'off' } as const;
const timeoutMs = 180_000;

describe.runIf(await present(transformers))('transformers', { timeout: timeoutMs }, () => {
  // One process for all models: importing transformers takes seconds.
  let opened: OpenedEngine;
  beforeAll(async () => {
    opened = await openEngine(transformers, tinyModel);
  }, timeoutMs);
  afterAll(() => opened[Symbol.asyncDispose]());

  async function load(path: string, cache: 'dynamic' | 'static' = 'dynamic') {
    await opened.engine.unload();
    return opened.engine.load(path, { ...engineSettings, framework: { transformersCache: cache } });
  }

  const formats: Array<{
    quantize: string;
    cache: 'dynamic' | 'static';
    reference?: (path: string) => Promise<string>;
  }> = [
    { quantize: 'f32', cache: 'dynamic' },
    { quantize: 'f32', cache: 'static' },
    { quantize: 'f16', cache: 'dynamic' },
    { quantize: 'q8_0', cache: 'static' },
    // llama.cpp multiplies Q4_0 by activations of 8 bits; the same values in F32 are multiplied as they are.
    { quantize: 'q4_0', cache: 'dynamic', reference: async (path) => converted(await exported(path)) },
  ];
  it.each(formats)(
    'answers with the ids of llama.cpp in $quantize, $cache cache',
    async ({ quantize, cache, reference }) => {
      const model = await tinyIn(quantize);
      const template = chatTemplateOf(model);
      const { effective } = await load(model.path, cache);
      expect(effective.build.kvCache).toBe(cache);
      await using expected = await openEngine(llamacpp, (await reference?.(model.path)) ?? model.path, exact);
      const { questions } = await readQuestions(defaultQuestionsFile);
      for (const { question } of questions.slice(0, 4)) {
        const { ids: prompt } = await opened.engine.tokenize(
          (await template([{ role: 'user', content: question }])).text,
        );
        const asked = { prompt, maxTokens: 64, ...greedy };
        const answer = await opened.engine.generate(asked);
        expect(answer.ids.length).toBeGreaterThan(0);
        expect(answer.ids).toEqual((await expected.engine.generate(asked)).ids);
      }
    },
  );

  it.each(['qwen2', 'qwen3', 'gpt2'] as const)('generates as llama.cpp does with a small %s', async (family) => {
    const path = await converted(await smallFolder(family));
    const settings = { ...exact, contextTokens: 64 };
    await opened.engine.unload();
    await opened.engine.load(path, { ...engineSettings, ...settings });
    await using expected = await openEngine(llamacpp, path, settings);
    for (const prompt of [[5, 17, 3, 42], Array.from({ length: 24 }, (_, i) => (i * i * 7 + 3) % 200)]) {
      const asked = { prompt, maxTokens: 24, ...greedy, ignoreEndOfSequence: true };
      expect((await opened.engine.generate(asked)).ids).toEqual((await expected.engine.generate(asked)).ids);
    }
  });

  it('has the logits of our PyTorch', async () => {
    const { path } = await tinyIn('q8_0');
    await load(path);
    await using expected = await openEngine(pytorch, path, exact);
    const tokens = Array.from({ length: 90 }, (_, i) => (i * i * 31 + 7) % 500);
    const rows = await logitRows(opened.engine, tokens, 1);
    expect(largestDifference(rows, await logitRows(expected.engine, tokens, 1))).toBeLessThan(1e-3);
  });

  it('refuses what it cannot do, and says what can', async () => {
    const half = { ...engineSettings, kvType: 'f16' };
    await opened.engine.unload();
    await expect(opened.engine.load(tinyModel, half)).rejects.toThrow('--kv-type f16 is not available');
    const long = { ...engineSettings, contextTokens: 4096 };
    await expect(opened.engine.load(await converted(await smallFolder('gpt2')), long)).rejects.toThrow(
      /--context 4096, and the model has \d+ learned positions/,
    );
    await load(tinyModel);
  });

  it.each(pythonTestsIn(import.meta.dirname))('passes %s', async (name) => {
    const { path: python } = await interpreterFor(transformers);
    const { path } = await tinyIn('f32');
    const folder = await transformers.convertModel?.({
      ...{ modelPath: path, settings: engineSettings, progress: () => {} },
      signal: new AbortController().signal,
    });
    vi.stubEnv('MODEL_FOLDER', folder);
    await runPythonTest(python, import.meta.dirname, name);
  });
});
