import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { probeFramework } from '../../../../scripts/engine/engine.ts';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { script } from '../../../fakes/script.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { furthest, loadedEngine, logitsOf, randomKinds, randomModel } from '../random-models.ts';

const greedy = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

/** The Python that would be taken, and the system's, whose torch may be years older. */
const asked = [process.env.TOKENLAP_PYTHON ?? '', '/usr/bin/python3'];

/** One that lacks torch is told aloud and left out; in CI that is a failure. */
async function interpreters() {
  const found = new Map<string, { version: string; path: string }>();
  for (const python of asked) {
    vi.stubEnv('TOKENLAP_PYTHON', python);
    const availability = await probeFramework(pytorch);
    if (availability.status === 'available') {
      const { path } = await interpreterFor(pytorch);
      found.set(path, { version: availability.version, path });
    } else if (process.env.CI === undefined) {
      skipped(true, `the tests of PyTorch with ${python || 'any Python'}: ${availability.reason}`);
    } else throw new Error(availability.reason);
  }
  vi.unstubAllEnvs();
  return [...found.values()];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenlap-pytorch-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(await interpreters())('$version', ({ path: python }) => {
  beforeAll(() => void vi.stubEnv('TOKENLAP_PYTHON', python));
  afterAll(() => void vi.unstubAllEnvs());

  it.each(pythonTestsIn(import.meta.dirname))('passes %s', (name) => runPythonTest(python, import.meta.dirname, name));

  it.each(['f32', 'f16', 'q8_0'])(
    'answers every predefined question with the ids of llama.cpp in %s',
    async (quantize) => {
      const model = await resolveModel(
        {
          size: 'tiny',
          algorithm: undefined,
          quantize,
          path: undefined,
          synthetic: false,
          seed: 1,
          offline: true,
          formats: pytorch.quantizations,
        },
        () => {},
      );
      const template = chatTemplateOf(model);
      await using reference = await loadedEngine(llamacpp, model.path);
      await using engine = await loadedEngine(pytorch, model.path);
      for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await reference.tokenize(text);
        const request = { prompt, maxTokens: 128, ...greedy };
        expect((await engine.generate(request)).ids).toEqual((await reference.generate(request)).ids);
      }
    },
  );

  it.each(randomKinds)('has the logits of llama.cpp for a random $kind', async (kind) => {
    const path = await randomModel(kind, folder);
    const [reference, ours] = [await logitsOf(llamacpp, path, folder), await logitsOf(pytorch, path, folder)];
    expect(furthest(ours, reference)).toBeLessThan(kind.tolerance);
  });
});

it('a Python without torch is one line with the remedy', async () => {
  const { code, stderr } = await script('scripts/pytorch-benchmark.ts', ['--size', 'tiny', '--output', folder], {
    environment: { TOKENLAP_PYTHON: 'python-that-is-not-there' },
  });
  expect(code).toBe(3);
  expect(stderr).toMatch(/no Python here has torch and numpy: python-that-is-not-there is not there/);
  expect(stderr).toMatch(/apt install python3-torch python3-numpy libopenblas0-pthread/);
});
