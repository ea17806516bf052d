/** OpenVINO, with a real one: small models against float64, and real answers against llama.cpp. */
import { describe, expect, it } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { openvino } from '../../../../scripts/frameworks/openvino/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { present } from '../present.ts';

const settings: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 256,
  batchTokens: 64,
  flashAttention: 'off',
  kvType: 'f32',
};
const greedy = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

async function loaded(framework: Framework, path: string): Promise<Engine> {
  const engine = await startEngine({ framework, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
  await engine.load(path, settings);
  return engine;
}

describe.runIf(await present(openvino))('OpenVINO', () => {
  it.each(pythonTestsIn(import.meta.dirname))('passes %s', async (name) => {
    const { path: python } = await interpreterFor(openvino);
    await runPythonTest(python, import.meta.dirname, name);
  });

  it.each(['f32', 'f16', 'q8_0', 'q4_0'])(
    'answers every predefined question with the ids of llama.cpp in %s',
    async (quantize) => {
      const request = { size: 'tiny', algorithm: undefined, quantize, path: undefined, synthetic: false, seed: 1 };
      const model = await resolveModel({ ...request, offline: true, formats: openvino.quantizations }, () => {});
      const template = chatTemplateOf(model);
      await using reference = await loaded(llamacpp, model.path);
      await using engine = await loaded(openvino, model.path);
      for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await reference.tokenize(text);
        const asked = { prompt, maxTokens: 128, ...greedy };
        expect((await engine.generate(asked)).ids).toEqual((await reference.generate(asked)).ids);
      }
    },
  );
});
