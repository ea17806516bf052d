/** The folder that transformers loads: made once, whole or not at all, wherever it is ended. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { modelFolder } from '../../../../scripts/frameworks/transformers/model-folder.ts';
import type { EngineSettings } from '../../../../scripts/settings/settings.ts';
import { changedModel } from '../../models/changed-model.ts';
import { smallFolder } from '../../models/convert/small-families.ts';
import { converted } from '../../models/export/exported.ts';
import { modelFolder as temporaryFolder } from '../../models/model-folder.ts';
import { engineSettings, tinyIn, tinyModel } from '../onnx/engines.ts';

type Precision = EngineSettings['precision'];

let cache: string;
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('TOKENLAP_CACHE', cache);
});

function request(
  modelPath: string,
  { precision = 'auto', signal = new AbortController().signal }: { precision?: Precision; signal?: AbortSignal } = {},
) {
  const fractions: number[] = [];
  const progress = (fraction: number) => void fractions.push(fraction);
  return { modelPath, settings: { ...engineSettings, precision }, progress, signal, fractions };
}

const configOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
const made = () => readdirSync(join(cache, 'models', 'hf'));

it('is made once, with progress, and found again', async () => {
  const asked = request(tinyModel);
  const folder = await modelFolder(asked);
  expect(asked.fractions.at(-1)).toBe(1);
  expect(asked.fractions).toEqual(asked.fractions.toSorted((a, b) => a - b));
  const { mtimeMs } = statSync(join(folder, 'model.safetensors'));
  expect(await modelFolder(request(tinyModel))).toBe(folder);
  expect(statSync(join(folder, 'model.safetensors')).mtimeMs).toBe(mtimeMs);
  expect(made()).toHaveLength(1);
});

it('has the shortest format that holds every value, or the one that was asked for', async () => {
  expect(configOf(await modelFolder(request(tinyModel))).torch_dtype).toBe('float16');
  const { path: packed } = await tinyIn('q8_0');
  expect(configOf(await modelFolder(request(packed))).torch_dtype).toBe('float32');
  expect(configOf(await modelFolder(request(packed, { precision: 'bfloat16' }))).torch_dtype).toBe('bfloat16');
  expect(configOf(await modelFolder(request(packed, { precision: 'float16' }))).torch_dtype).toBe('float16');
  expect(made()).toHaveLength(4);
});

it('is made by one process only when two ask for it', async () => {
  const [one, other] = await Promise.all([modelFolder(request(tinyModel)), modelFolder(request(tinyModel))]);
  expect(one).toBe(other);
  expect(made()).toHaveLength(1);
});

it('leaves nothing half made when it is interrupted, and is made the next time', async () => {
  const stop = new AbortController();
  const asked = request(tinyModel, { signal: stop.signal });
  const interrupted = modelFolder({ ...asked, progress: (fraction) => fraction > 0.3 && stop.abort() });
  await expect(interrupted).rejects.toThrow(/interrupted while writing the folder of tiny-chat-f16/);
  const [left = ''] = made();
  expect(readdirSync(join(cache, 'models', 'hf', left))).toEqual([]);
  const folder = await modelFolder(request(tinyModel));
  expect(existsSync(join(folder, 'config.json'))).toBe(true);
});

it('is made anew where a killed process left a part of it', async () => {
  const folder = await modelFolder(request(tinyModel));
  rmSync(join(folder, 'config.json'));
  writeFileSync(join(folder, 'model.safetensors'), 'half');
  writeFileSync(join(folder, 'model.safetensors.1-a.writing'), 'less');
  expect(await modelFolder(request(tinyModel))).toBe(folder);
  expect(statSync(join(folder, 'model.safetensors')).size).toBeGreaterThan(3e6);
  expect(readdirSync(folder).filter((name) => name.endsWith('.writing'))).toEqual([]);
});

it('is refused before a byte is written where the disk has too little space', async () => {
  await expect(modelFolder(request(tinyModel), () => 1000)).rejects.toMatchObject({
    message: expect.stringMatching(/needs 3\.\d+ MB, and its disk has 1\.00 kB left/),
    remedy: expect.stringContaining('TOKENLAP_CACHE=DIR'),
  });
  expect(made()).toEqual([]);
});

it('is not made of an architecture that transformers reads itself, and of a variant that no folder can express', async () => {
  const other = await converted(await smallFolder('gemma2'));
  expect(await modelFolder(request(other))).toBe(other);
  const scaled = await changedModel(tinyModel, { 'llama.logit_scale': { type: 'float32', value: 2 } });
  await expect(modelFolder(request(scaled))).rejects.toThrow(
    /a folder of transformers cannot say its llama.logit_scale/,
  );
});
