import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DecoderOptions } from '../../../../scripts/frameworks/onnx/graph/decoder-graph.ts';
import { graphFiles } from '../../../../scripts/frameworks/onnx/graph/graph-files.ts';
import { fileSha256 } from '../../../../scripts/models/file-digest.ts';
import type { MixtureName } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { modelFolder, silent, smallModel } from '../../models/model-folder.ts';

const options: DecoderOptions = {
  ...{ keyValueType: 'float32', contextTokens: 128, accuracyLevel: 0, forProcessor: true },
};

async function written(seed = 1, mixture: MixtureName = 'q8_0') {
  const folder = modelFolder();
  const source = await synthesize(smallModel('llama'), mixture, seed, folder, silent);
  const target = join(folder, 'onnx');
  const write = (more: Partial<DecoderOptions> = {}) => graphFiles(source, { ...options, ...more }, target, () => {});
  return { source, target, write, files: await write() };
}

const dataFile = (folder: string) => join(folder, readdirSync(folder).find((name) => name.endsWith('_data')) ?? '');

test('files are named after the sha256 of their source, and the graph says what it is', async () => {
  const { source, files, target } = await written();
  const sha256 = await fileSha256(source, () => {});
  expect(readdirSync(target)).toHaveLength(2);
  for (const name of readdirSync(target)) expect(name).toContain(sha256.slice(0, 12));
  expect(readFileSync(files.path, 'latin1')).toContain(sha256);
  expect(files.writtenMs).toBeGreaterThan(0);
  expect(files.fileBytes).toBe(statSync(files.path).size + statSync(dataFile(target)).size);
});

test('what is there is used again; other settings share the weights', async () => {
  const { target, write, files } = await written();
  const before = statSync(dataFile(target)).mtimeMs;
  const again = await write();
  expect(again).toMatchObject({ path: files.path, writtenMs: null });
  const other = await write({ keyValueType: 'float16' });
  expect(other.path).not.toBe(files.path);
  expect(readdirSync(target)).toHaveLength(3);
  expect(statSync(dataFile(target)).mtimeMs).toBe(before);
});

test('a damaged graph and weights that are cut short are written anew', async () => {
  const { target, write, files } = await written();
  const graph = readFileSync(files.path);
  const weights = readFileSync(dataFile(target));
  writeFileSync(files.path, 'not a graph');
  truncateSync(dataFile(target), 100);
  expect((await write()).writtenMs).toBeGreaterThan(0);
  expect(readFileSync(files.path).equals(graph)).toBe(true);
  expect(readFileSync(dataFile(target)).equals(weights)).toBe(true);
});

test('another source has files of its own', async () => {
  const one = await written(1);
  const other = await written(2);
  expect(readdirSync(one.target).filter((name) => readdirSync(other.target).includes(name))).toEqual([]);
});

test('two at a time write once', async () => {
  const { write, target } = await written();
  const all = await Promise.all([write({ contextTokens: 64 }), write({ contextTokens: 64 })]);
  expect(all.filter(({ writtenMs }) => writtenMs !== null)).toHaveLength(1);
  expect(readdirSync(target).filter((name) => !/\.onnx(_data)?$/.test(name))).toEqual([]);
});

test('the weights in memory are told where they differ from the file', async () => {
  const { write, files } = await written();
  expect(files.weights.resident).toMatchObject({ format: 'float32' });
  const inBlocks = await write({ accuracyLevel: 4 });
  expect(inBlocks.weights.resident?.format).toBe('8-bit integers, a float32 scale for each 32');
  expect(inBlocks.weights.bytes).toBeLessThan(files.weights.bytes / 2);
  // A table that is the output matrix too is in memory once.
  expect((await written(1, 'f32')).files.weights.resident).toBeUndefined();
});

test('a full disk is found out before anything is written', async () => {
  const folder = modelFolder();
  const source = await synthesize(smallModel('llama'), 'q8_0', 1, folder, silent);
  const target = join(folder, 'onnx');
  await expect(
    graphFiles(
      source,
      options,
      target,
      () => {},
      () => 1000,
    ),
  ).rejects.toThrow(/its disk has .* left/);
  expect(readdirSync(target).filter((name) => name.endsWith('data'))).toEqual([]);
});

test.each([
  { family: 'llama', mixture: 'q4_k_m', said: /no operator supports the format q\d_k of .* without loss/ },
  { family: 'gemma3', mixture: 'f16', said: /no graph is written for the architecture "gemma3"/ },
  { family: 'phi3', mixture: 'f16', said: /no graph is written for the architecture "phi3"/ },
] as const)('$family in $mixture is refused in one line', async ({ family, mixture, said }) => {
  const folder = modelFolder();
  const changes = { embedding: 256, feedForward: 512 };
  const source = await synthesize(smallModel(family, changes), mixture, 1, folder, silent);
  const error: unknown = await graphFiles(source, options, join(folder, 'onnx'), () => {}).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(said) });
  expect(String(error)).not.toContain('\n');
  expect(existsSync(join(folder, 'onnx'))).toBe(false);
});

test('a tensor that the graph does not use is not passed over in silence', async () => {
  const folder = modelFolder();
  const model = smallModel('qwen3');
  const source = await synthesize({ ...model, architecture: 'qwen3' }, 'f16', 1, folder, silent);
  // The same tensors under the name of a family without norms of queries and keys.
  const bytes = readFileSync(source);
  const renamed = Buffer.from(bytes.toString('latin1').replaceAll('qwen3', 'qwen2'), 'latin1');
  const path = join(folder, 'renamed.gguf');
  writeFileSync(path, renamed);
  await expect(graphFiles(path, options, join(folder, 'onnx'), () => {})).rejects.toThrow(
    /has the tensor blk\.0\.attn_q_norm/,
  );
});

test('GPT-2 has no more positions than it has learned', async () => {
  const folder = modelFolder();
  const source = await synthesize(smallModel('gpt2'), 'f16', 1, folder, silent);
  const tooLong = { ...options, contextTokens: 257 };
  await expect(graphFiles(source, tooLong, join(folder, 'onnx'), () => {})).rejects.toThrow(/256 learned positions/);
});
