import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { onnx } from '../../../../scripts/frameworks/onnx/framework.ts';
import { processorGraph, startByHand } from '../../../../scripts/frameworks/onnx/reference-loops.ts';
import { startEngineDecoder } from '../../../../scripts/overhead/decode-yardstick.ts';
import { engineSettings, tinyModel } from './engines.ts';

test('the loops written by hand and the engine run one graph and give the same ids', async () => {
  const path = await processorGraph(tinyModel, engineSettings);
  const under = { framework: onnx, modelPath: tinyModel, settings: engineSettings, timeoutMs: 60_000 };
  await using engine = await startEngineDecoder({ ...under, graph: basename(path) });
  await using inPlace = await startByHand(path, 1, 'in-place');
  await using passedOn = await startByHand(path, 1, 'passed-on');
  const { ids, atMs } = await engine.decode([5, 6, 7], 30);
  expect(ids).toHaveLength(30);
  expect(atMs).toEqual(atMs.toSorted((a, b) => a - b));
  expect((await inPlace.decode([5, 6, 7], 30)).ids).toEqual(ids);
  expect((await passedOn.decode([5, 6, 7], 30)).ids).toEqual(ids);
  // The cache of one answer is not that of the next.
  expect((await inPlace.decode([5, 6, 7], 10)).ids).toEqual(ids.slice(0, 10));
});

test('an engine that runs another graph is no yardstick', async () => {
  const under = { framework: onnx, modelPath: tinyModel, settings: engineSettings, timeoutMs: 60_000 };
  await expect(startEngineDecoder({ ...under, graph: 'other.onnx' })).rejects.toThrow(
    /^the engine runs .*, and not other/,
  );
});
