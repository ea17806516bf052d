/** MLC's page in a real browser: with a double in web-llm's place, and with the real package as far as it goes without a GPU. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import { mlc } from '../../../../scripts/frameworks/mlc/framework.ts';
import { servedPaths } from '../../../../scripts/frameworks/mlc/in-page/model-files.ts';
import { webLlmFolder } from '../../../../scripts/frameworks/mlc/model-library.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { itInBrowser } from '../../engine/browser/in-browser.ts';
import { type FolderChanges, libraryBytes, writeModel, writeWebLlmDouble } from './mlc-folders.ts';

const settings: EngineSettings = { ...defaultEngineSettings, device: 'webgpu', contextTokens: 64 };
const sampling = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

let folder: string;
let webLlmDouble: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-mlc-'));
  webLlmDouble = await writeWebLlmDouble(join(folder, 'web-llm'));
  writeFileSync(join(folder, 'library.wasm'), libraryBytes('TVMFFIWasmSafeCall'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the page sees is put together by hand: what framework.ts refuses beforehand is to be seen here too. */
function start(webLlm: string, seen: string[] = [], library = join(folder, 'library.wasm')): Promise<Engine> {
  return startEngine({
    framework: {
      ...mlc,
      files: async ({ modelPath }) => ({
        [servedPaths.webLlm]: `${webLlm}/`,
        ...(modelPath === undefined ? {} : { [servedPaths.model]: modelPath, [servedPaths.library]: library }),
      }),
    },
    originNs: monotonicNow(),
    settings,
    timeoutMs: 60_000,
    onCheckpoint: ({ name, edge }) => seen.push(`${name} ${edge}`),
    onProgress: (fraction) => seen.push(`progress ${fraction.toFixed(2)}`),
    onPiece: (text) => seen.push(`piece ${text}`),
  });
}

let models = 0;
function model(changes: FolderChanges = {}): string {
  return writeModel(join(folder, `model-${models++}`), changes);
}

describe('with a double in the place of web-llm', () => {
  const seen: string[] = [];
  let engine: Engine;
  beforeAll(async () => {
    if (itInBrowser === it) engine = await start(webLlmDouble, seen);
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());
  afterEach(() => {
    seen.length = 0;
  });

  itInBrowser('loads in spans that follow each other, with a bar for bytes and shaders', async () => {
    await engine.load(model(), settings);
    expect(seen.filter((line) => !line.startsWith('progress'))).toEqual([
      ...['jit_compilation start', 'jit_compilation end', 'tokenizer_load start', 'tokenizer_load end'],
      ...['model_load start', 'model_load end', 'jit_compilation start', 'jit_compilation end'],
    ]);
    const fractions = seen.filter((line) => line.startsWith('progress')).map((line) => Number(line.split(' ')[1]));
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions).toContain(0.8);
    expect(fractions).toContain(0.9);
  });

  itInBrowser('tells what it got: adapter, versions, sizes, memory, its own figures', async () => {
    const loaded = await engine.load(model(), { ...settings, kvType: 'f16' });
    expect(loaded.effective.settings).toMatchObject({ threads: 1, gpuLayers: 2, contextTokens: 64, batchTokens: 1024 });
    expect(loaded.effective.build).toMatchObject({
      webLlm: 'web-llm 0.0.1',
      modelVersion: 'v0_0_1/double',
      librarySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      crossOriginIsolated: true,
      'adapter.software': expect.any(Boolean),
    });
    // 2 layers x 2 KV heads x 16 x (key + value) x 4 bytes
    expect(loaded.effective.kvBytesPerPosition).toBe(2 * 2 * 16 * 2 * 4);
    expect(loaded.effective.notes.map(({ code }) => code)).toContain('compiled_in');
    expect(await engine.memory()).toEqual({ weightsBytes: 96, contextBytes: 512 * 64, deviceBytes: 4096 });
    expect(await engine.statistics()).toMatchObject({
      'adapter.features': expect.stringContaining('core-features-and-limits'),
      'limit.maxBufferSize': expect.any(Number),
      fetchedBytes: expect.any(Number),
      webLlmPrefillTokensPerSecond: 12.5,
      webLlmDecodeTokensPerSecond: 2.5,
    });
  });

  itInBrowser('marks a software adapter as not comparable', async () => {
    const { comparable, notes, deviceName, build } = (await engine.load(model(), settings)).effective;
    expect(comparable).toBe(build['adapter.software'] !== true);
    expect(notes.some(({ code }) => code === 'software_device')).toBe(!comparable);
    expect(deviceName.endsWith('(software)')).toBe(!comparable);
  });

  itInBrowser('generates ids for ids: to the end token, or past it to the exact count', async () => {
    await engine.load(model(), settings);
    const { ids: prompt } = await engine.tokenize('Hi');
    expect(prompt).toEqual([72, 105]);
    const generation = await engine.generate({ prompt, maxTokens: 9, ...sampling });
    // The stop token of the configuration is 100, which is d.
    expect(generation).toMatchObject({ ids: [97, 98, 99], pieces: ['a', 'b', 'c'], stop: 'end' });
    const { submitNs, promptEvaluatedNs, atNs } = generation;
    const instants = [submitNs, promptEvaluatedNs ?? 0, ...atNs];
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    const exact = await engine.generate({ prompt, maxTokens: 9, ...sampling, ignoreEndOfSequence: true });
    expect(exact).toMatchObject({ stop: 'length', pieces: [...'abcdefghi'] });
  });

  itInBrowser('hands temperature and seed to the sampler', async () => {
    await engine.load(model(), settings);
    const generate = (seed: number, temperature: number) =>
      engine.generate({ prompt: [1], maxTokens: 2, ...sampling, seed, temperature });
    expect((await generate(5, 0)).ids).toEqual([97, 98]);
    expect((await generate(5, 1)).ids).toEqual([102, 103]);
  });

  itInBrowser('keeps a prefix in chat, and starts empty otherwise', async () => {
    await engine.load(model(), settings);
    const asked = { maxTokens: 2, ...sampling, ignoreEndOfSequence: true };
    const first = await engine.generate({ prompt: [1, 2, 3], ...asked, reusePrefix: true });
    expect(first).toMatchObject({ ids: [97, 98], cachedPromptTokens: 0 });
    // The cache has the prompt and the first token of the answer; the last one was never evaluated.
    const second = await engine.generate({ prompt: [1, 2, 3, 97, 98, 7], ...asked, reusePrefix: true });
    expect(second).toMatchObject({ ids: [99, 100], cachedPromptTokens: 4 });
    const other = await engine.generate({ prompt: [1, 2, 9], ...asked, reusePrefix: true });
    expect(other).toMatchObject({ ids: [97, 98], cachedPromptTokens: 0 });
  });

  itInBrowser('refuses what does not fit the context, and goes on', async () => {
    await engine.load(model(), settings);
    const prompt = new Array<number>(60).fill(1);
    await expect(engine.generate({ prompt, maxTokens: 5, ...sampling })).rejects.toMatchObject({
      message: '65 tokens do not fit the context of 64',
      exitCode: 2,
    });
    expect((await engine.generate({ prompt, maxTokens: 4, ...sampling })).ids).toHaveLength(3);
  });

  itInBrowser('says what is missing or broken, with the next step', async () => {
    const refused: Array<[FolderChanges, RegExp, RegExp]> = [
      [{ manifestName: 'other.json' }, /the model lacks tensor-cache\.json \(HTTP 404\)/, /whole/],
      [{ config: { tokenizer_files: ['absent.json'] } }, /lacks a file .*absent\.json: HTTP 404/, /whole/],
      [
        { config: { double: { throws: 'Cannot find global function x' } } },
        /has not what web-llm 0\.0\.1/,
        /--web-llm/,
      ],
      [{ config: { double: { throws: 'buffer allocation failed' } } }, /too little memory/, /--context/],
      [{ config: { double: { throws: 'ants' } } }, /web-llm 0\.0\.1 could not load the model \(ants\)/, /mlc\.md/],
    ];
    for (const [changes, message, remedy] of refused) {
      const loading = engine.load(model(changes), settings);
      await expect(loading).rejects.toMatchObject({
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(remedy),
      });
    }
    await engine.load(model(), settings);
  });

  itInBrowser('refuses a format of 16 bits where the adapter cannot compute in them', async ({ skip }) => {
    const availability = await engine.probe();
    const computes = availability.status === 'available' && availability.quantizations?.includes('q4f16_1') === true;
    skip(skipped(computes, 'a format of 16 bits in a browser: this adapter can compute in it'));
    await expect(engine.load(model({ config: { quantization: 'q4f16_1' } }), settings)).rejects.toMatchObject({
      message: expect.stringMatching(/^q4f16_1 computes in 16 bits, which .+ cannot \(no shader-f16\)$/),
      remedy: expect.stringContaining('q4f32_1'),
      exitCode: 3,
    });
  });
});

describe('a lost device', () => {
  itInBrowser('ends the answer that waits for it', async () => {
    await using engine = await start(webLlmDouble);
    await engine.load(model({ config: { double: { hangsAt: 1 } } }), settings);
    const generating = engine.generate({ prompt: [1], maxTokens: 3, ...sampling });
    generating.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    killGpuProcess(engine.pid);
    await expect(generating).rejects.toMatchObject({
      message: expect.stringMatching(/^the WebGPU device was lost/),
      remedy: expect.stringContaining('--context'),
    });
  });
});

describe('with the real web-llm', () => {
  itInBrowser('finds the adapter and the formats that it runs, and says what is wrong with a library', async () => {
    const library = join(folder, 'real.wasm');
    await using engine = await start(webLlmFolder({}), [], library);
    const availability = await engine.probe();
    expect(availability).toMatchObject({
      status: 'available',
      version: expect.stringMatching(/^web-llm 0\.2\.\d+$/),
      devices: [{ kind: 'webgpu' }],
      quantizations: expect.arrayContaining(['q4f32_1', 'q0f32']),
    });
    await expect(engine.load(model(), settings)).rejects.toThrow('the model lacks library.wasm (HTTP 404)');
    await expect(engine.load(model({ manifestName: 'other.json' }), settings)).rejects.toThrow(
      'the model lacks tensor-cache.json (HTTP 404)',
    );
    const load = (bytes: Buffer) => {
      writeFileSync(library, bytes);
      return engine.load(model(), settings);
    };
    await expect(load(libraryBytes('TVMWasmOfAnotherVersion'))).rejects.toMatchObject({
      message: expect.stringMatching(/compiled for another version than web-llm 0\.2.*LinkError/),
      remedy: expect.stringContaining('--web-llm'),
    });
    await expect(load(Buffer.from('<html>'))).rejects.toMatchObject({
      message: expect.stringMatching(/no WebAssembly.*CompileError/),
      remedy: expect.stringContaining('--model-lib'),
    });
  });
});

function killGpuProcess(browser: number): void {
  const line = execFileSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([, group, ...args]) => Number(group) === browser && args.includes('--type=gpu-process'));
  process.kill(Number(line?.[0]), 'SIGKILL');
}
