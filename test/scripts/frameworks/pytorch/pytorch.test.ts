import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Engine, probeFramework } from '../../../../scripts/engine/engine.ts';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { toleranceOf } from '../../../../scripts/workloads/parity/tolerances.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { script } from '../../../fakes/script.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { furthest, loadedEngine, logitsOf, randomKinds, randomModel } from '../random-models.ts';

const greedy = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

/** The Python that would be taken, which is that of the installed environment, and the system's, whose torch may be years older. */
const asked = [process.env.TOKENLAP_PYTHON ?? '', '/usr/bin/python3'];

/** One that lacks torch is named and left out; in CI, where both are installed, that is a failure. */
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
  if (process.env.CI !== undefined && found.size < asked.length) {
    throw new Error(`one Python is taken for both: ${[...found.keys()].join(', ')}; install pytorch first`);
  }
  return [...found.values()];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenlap-pytorch-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const embedded = (quantize: string) =>
  resolveModel(
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

/** Of the token that follows. */
async function logitsAfter(engine: Engine, tokens: readonly number[], name: string): Promise<Float32Array> {
  const file = join(folder, name);
  await engine.score({ tokens: [...tokens], from: tokens.length, path: file });
  return new Float32Array((await readFile(file)).buffer);
}

/** As many threads as cores wait for each other wherever another test has a core, so that few answers take long enough. */
const fewQuestions = 6;

describe.each(await interpreters())('$version', ({ path: python, version }) => {
  /** All of them with the torch that is installed; the system's is asked some, for it runs the same code of ours. */
  const questions = async (threads = 1) => {
    const all = (await readQuestions(defaultQuestionsFile)).questions;
    return threads === 1 && python !== asked[1] ? all : all.slice(0, fewQuestions);
  };

  beforeAll(() => void vi.stubEnv('TOKENLAP_PYTHON', python));
  afterAll(() => void vi.unstubAllEnvs());

  // torch.compile calls a C++ compiler several times.
  it.each(pythonTestsIn(import.meta.dirname))('passes %s', { timeout: 300_000 }, (name) =>
    runPythonTest(python, import.meta.dirname, name),
  );

  // With two threads weights of float32 are packed.
  it.each<[quantize: string, threads: number]>([
    ['f32', 1],
    ['f32', 2],
    ['f16', 1],
    ['q8_0', 1],
  ])('answers with the ids of llama.cpp in %s, threads: %i', async (quantize, threads) => {
    const model = await embedded(quantize);
    const template = chatTemplateOf(model);
    await using reference = await loadedEngine(llamacpp, model.path);
    await using engine = await loadedEngine(pytorch, model.path, { threads });
    for (const { question } of await questions(threads)) {
      const { text } = await template([{ role: 'user', content: question }]);
      const { ids: prompt } = await reference.tokenize(text);
      const request = { prompt, maxTokens: 128, ...greedy };
      expect((await engine.generate(request)).ids).toEqual((await reference.generate(request)).ids);
    }
  });

  it.each(['bfloat16', 'float16'] as const)(
    'answers in %s as in float32, until two logits are too close for that format to tell',
    async (precision) => {
      const model = await embedded('f32');
      const template = chatTemplateOf(model);
      await using tokenizer = await loadedEngine(llamacpp, model.path);
      await using exact = await loadedEngine(pytorch, model.path);
      const changes = { precision, kvType: 'auto', flashAttention: 'auto' } as const;
      if (version.includes(' 1.') && precision === 'float16') {
        skipped(true, `float16 with ${version}: it cannot multiply it on a CPU`);
        await expect(loadedEngine(pytorch, model.path, changes)).rejects.toThrow(/cannot multiply float16 on cpu/);
        return;
      }
      await using engine = await loadedEngine(pytorch, model.path, changes);
      for (const { question } of await questions()) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await tokenizer.tokenize(text);
        const request = { prompt, maxTokens: 64, ...greedy };
        const [{ ids: wanted }, { ids }] = [await exact.generate(request), await engine.generate(request)];
        const apart = ids.findIndex((id, i) => id !== wanted[i]);
        if (apart === -1) continue;
        const logits = await logitsAfter(exact, [...prompt, ...wanted.slice(0, apart)], 'exact');
        const gap = (logits[wanted[apart] ?? 0] ?? Number.NaN) - (logits[ids[apart] ?? 0] ?? Number.NaN);
        expect(gap).toBeLessThan(toleranceOf('16-bit', false).logitGap);
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
  expect(stderr).toMatch(/next: .*`npx tsx scripts\/frameworks\.ts install pytorch`/);
});
