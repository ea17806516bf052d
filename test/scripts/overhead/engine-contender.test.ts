/** Tokenlap's engine beside the loops written by hand, and the whole check. */
import { expect, test } from 'vitest';
import { onnx } from '../../../scripts/frameworks/onnx/framework.ts';
import { processorGraph, startReferenceLoop } from '../../../scripts/frameworks/onnx/own-benchmark.ts';
import type { BenchmarkTools } from '../../../scripts/frameworks/own-benchmark.ts';
import { startEngineContender } from '../../../scripts/overhead/engine-contender.ts';
import { script } from '../../fakes/script.ts';
import { engineSettings, tinyModel } from '../frameworks/onnx/engines.ts';

const tools: BenchmarkTools = {
  program: undefined,
  build: false,
  progress: () => {},
  signal: new AbortController().signal,
  python: () => Promise.reject(new Error('no Python')),
};
const subject = {
  modelPath: tinyModel,
  settings: engineSettings,
  environment: {},
  nPrompt: 3,
  nGen: 30,
  prompt: [5, 6, 7],
};
const engine = { ...subject, framework: onnx, timeoutMs: 60_000 };

test('reference loops and the engine run one graph and generate the same ids', async () => {
  const benchmark = await onnx.ownBenchmark?.();
  const prepared = await benchmark?.prepare(tools);
  const { starters = {}, build } = (await prepared?.references(subject)) ?? {};
  expect(Object.keys(starters)).toEqual(['cache in place', 'cache fed back']);
  await using contender = await startEngineContender(engine, { work: 'generation' }, build);
  const { rates, ids } = await contender.measure(0);
  expect(ids).toHaveLength(30);
  expect(rates.tg).toBeGreaterThan(0);
  for (const start of Object.values(starters)) {
    await using reference = await start();
    expect((await reference.measure(0)).ids).toEqual(ids);
  }
});

test('the cache of one answer is not that of the next', async () => {
  const path = await processorGraph(tinyModel, engineSettings);
  await using loop = await startReferenceLoop(path, 1, 'in-place');
  const { ids, atMs } = await loop.decode([5, 6, 7], 30);
  expect(atMs).toEqual(atMs.toSorted((a, b) => a - b));
  expect((await loop.decode([5, 6, 7], 10)).ids).toEqual(ids.slice(0, 10));
});

test('an engine that runs another graph is not compared', async () => {
  await expect(startEngineContender(engine, { work: 'generation' }, { graph: 'other.onnx' })).rejects.toThrow(
    /^the engine runs .*, not other/,
  );
});

test('the check of a framework prints rates and ratios of every contender', async () => {
  const args = ['--framework', 'onnx', '--shapes', 'tiny:q8_0', '--starts', '1', '--rounds', '1', '--n-gen', '8'];
  const { code, stdout } = await script('scripts/overhead.ts', ['harness', ...args, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      shape: 'tiny:q8_0',
      threads: 1,
      comparisons: [
        {
          test: 'tg',
          reference: { name: 'cache in place' },
          others: [{ name: 'cache fed back' }, { name: 'tokenlap' }],
        },
      ],
      host: null,
    },
  ]);
});

test('a framework without a benchmark of its own is refused', async () => {
  const { code, stderr } = await script('scripts/overhead.ts', ['harness', '--framework', 'mlc']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/has no benchmark of its own.*\n.*llamacpp, pytorch, tinygrad, onnx, openvino/);
});
