import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, probeFramework, startEngine } from '../../../../scripts/engine/engine.ts';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import type { ModelShape } from '../../../../scripts/models/architectures/model-shape.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import type { RegisteredModel } from '../../../../scripts/models/registry-schema.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { script } from '../../../fakes/script.ts';
import { skipped } from '../../../fakes/skipped.ts';

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

async function loaded(framework: Framework, path: string): Promise<Engine> {
  const engine = await startEngine({ framework, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
  await engine.load(path, settings);
  return engine;
}

const pythonTests = (await readdir(import.meta.dirname)).filter((name) => /^test_.*\.py$/.test(name));

describe.each(await interpreters())('$version', ({ path: python }) => {
  beforeAll(() => void vi.stubEnv('TOKENLAP_PYTHON', python));
  afterAll(() => void vi.unstubAllEnvs());

  it.each(pythonTests)('passes %s', async (name) => {
    const path = [resolve(import.meta.dirname, '../../../../scripts'), import.meta.dirname].join(delimiter);
    await promisify(execFile)(python, ['-W', 'ignore', join(import.meta.dirname, name)], {
      env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
    });
  });

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
      await using reference = await loaded(llamacpp, model.path);
      await using engine = await loaded(pytorch, model.path);
      for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await reference.tokenize(text);
        const request = { prompt, maxTokens: 128, ...greedy };
        expect((await engine.generate(request)).ids).toEqual((await reference.generate(request)).ids);
      }
    },
  );

  const shape: ModelShape = {
    layers: 3,
    embedding: 256,
    feedForward: 512,
    heads: 8,
    keyValueHeads: 2,
    headDimension: 32,
    vocabulary: 600,
    contextLength: 512,
    normEpsilon: 1e-5,
    ropeBase: 10000,
    tiedEmbeddings: false,
  };
  const llama3: ModelShape['ropeScaling'] = {
    type: 'llama3',
    factor: 32,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 64,
  };
  // llama.cpp looks GELU up in a table of half-precision numbers, so GPT-2 differs by more.
  it.each([
    { kind: 'llama3', architecture: 'llama', changes: { ropeScaling: llama3 }, tolerance: 1e-5 },
    { kind: 'linear', architecture: 'llama', changes: { ropeScaling: { type: 'linear', factor: 4 } }, tolerance: 1e-5 },
    { kind: 'qwen2', architecture: 'qwen2', changes: { attentionBias: true, tiedEmbeddings: true }, tolerance: 1e-5 },
    { kind: 'gpt2', architecture: 'gpt2', changes: { keyValueHeads: 8, ropeBase: null }, tolerance: 2e-3 },
  ] as const)('has the logits of llama.cpp for a random $kind', async ({ kind, architecture, changes, tolerance }) => {
    const model: RegisteredModel = {
      id: kind,
      name: kind,
      size: kind,
      family: architecture,
      architecture,
      shape: { ...shape, ...changes },
      sources: {},
    };
    const path = await synthesize(model, 'f32', 7, folder, () => {});
    const tokens = Array.from({ length: 150 }, (_, i) => (i * i * 31 + 7) % shape.vocabulary);
    const logits = async (framework: Framework) => {
      await using engine = await loaded(framework, path);
      const file = join(folder, framework.name);
      const scored = await engine.score({ tokens, from: 1, path: file });
      expect(scored).toEqual({ rows: 150, columns: shape.vocabulary });
      return new Float32Array((await readFile(file)).buffer);
    };
    const [reference, ours] = [await logits(llamacpp), await logits(pytorch)];
    const furthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (reference[i] ?? 0))), 0);
    expect(furthest).toBeLessThan(tolerance);
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
