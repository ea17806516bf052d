/** OpenVINO, with a real one: small models against float64, and real answers and logits against llama.cpp. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { openvino } from '../../../../scripts/frameworks/openvino/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { present } from '../present.ts';
import { furthest, loadedEngine, logitsOf, type RandomKind, randomKinds, randomModel } from '../random-models.ts';

const greedy = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenlap-openvino-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const qwen3: RandomKind = { kind: 'qwen3', architecture: 'qwen3', changes: {}, tolerance: 1e-5 };

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
      await using reference = await loadedEngine(llamacpp, model.path);
      await using engine = await loadedEngine(openvino, model.path);
      for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await reference.tokenize(text);
        const asked = { prompt, maxTokens: 128, ...greedy };
        expect((await engine.generate(asked)).ids).toEqual((await reference.generate(asked)).ids);
      }
    },
  );

  it.each([...randomKinds, qwen3])('has the logits of llama.cpp for a random $kind', async (kind) => {
    const path = await randomModel(kind, folder);
    const [reference, ours] = [await logitsOf(llamacpp, path, folder), await logitsOf(openvino, path, folder)];
    expect(furthest(ours, reference)).toBeLessThan(kind.tolerance);
  });
});
