import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryFacts } from '../../../../scripts/frameworks/mlc/library-file.ts';
import {
  chosenLibrary,
  modelLibrary,
  webLlmFolder,
  webLlmModels,
  webLlmName,
} from '../../../../scripts/frameworks/mlc/model-library.ts';
import { loadRegistry, offeredFiles } from '../../../../scripts/models/registry.ts';
import type { FrameworkSettings } from '../../../../scripts/settings/settings.ts';
import { libraryBytes, libraryModel, tensors, writeModel, writeWebLlmDouble } from './mlc-folders.ts';

const known = 'TVMFFIWasmSafeCall';

let folder: string;
let environment: NodeJS.ProcessEnv;
let given: FrameworkSettings;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-mlc-'));
  given = { webLlm: await writeWebLlmDouble(join(folder, 'web-llm')) };
  environment = { TOKENLAP_CACHE: join(folder, 'cache') };
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function library(bytes: Buffer): string {
  const path = join(folder, `library-${files++}.wasm`);
  writeFileSync(path, bytes);
  return path;
}
const fitting = () => library(libraryBytes(known));
const model = () => writeModel(join(folder, `model-${files++}`));
const withLibrary = (path: string) => ({ environment, given: { ...given, modelLib: path } });
const answering = (answer: () => Response) => ({ fetch: async () => answer() });

describe('what a library says of itself', () => {
  it('is the functions that it wants, and the model with every weight', () => {
    const facts = libraryFacts('a.wasm', libraryBytes('wanted'));
    expect(facts).toEqual({ path: 'a.wasm', imports: ['wanted'], model: libraryModel });
  });

  it('may say nothing of the model', () => {
    expect(libraryFacts('a.wasm', libraryBytes('wanted', null)).model).toBeUndefined();
    expect(libraryFacts('a.wasm', libraryBytes('wanted', { model_type: 'llama' })).model).toBeUndefined();
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a page of a server', Buffer.from('<!doctype html>')],
    ['one that was cut short', libraryBytes('wanted').subarray(0, 20)],
  ])('is not to be had of %s', (_, bytes) => {
    expect(() => libraryFacts('a.wasm', bytes)).toThrow(/^the model library a\.wasm is no WebAssembly \(\d+ bytes\)/);
  });
});

describe('the library of a model', () => {
  it('is the one that was asked for', async () => {
    const path = fitting();
    expect(await modelLibrary(model(), withLibrary(path))).toBe(path);
    expect((await chosenLibrary(withLibrary(path)))?.imports).toEqual([known]);
    expect(await chosenLibrary({ environment })).toBeUndefined();
  });

  it('is the one in its folder, when none is asked for', async () => {
    const path = model();
    writeFileSync(join(path, 'own.wasm'), libraryBytes(known));
    expect(await modelLibrary(path, { environment })).toBe(join(path, 'own.wasm'));
  });

  it('is the one that web-llm knows for it, fetched once', async () => {
    const asked: string[] = [];
    // The real list: the double knows no models.
    const surroundings = {
      environment: { TOKENLAP_CACHE: join(folder, 'known') },
      fetch: async (address: unknown) => {
        asked.push(String(address));
        return new Response(new Uint8Array(libraryBytes('emscripten_notify_memory_growth')));
      },
    };
    const path = writeModel(join(folder, 'mlc-ai--Llama-3.2-1B-Instruct-q4f32_1-MLC'));
    const first = await modelLibrary(path, surroundings);
    expect(await modelLibrary(path, surroundings)).toBe(first);
    expect(asked).toEqual([expect.stringMatching(/^https:.*Llama-3\.2-1B-Instruct-q4f32_1.*\.wasm$/)]);
    expect(first.startsWith(join(folder, 'known'))).toBe(true);
  });

  it.each<[string, () => Promise<unknown>, RegExp, RegExp]>([
    [
      'is not there',
      () => chosenLibrary(withLibrary(join(folder, 'absent.wasm'))),
      /there is no model library .*absent\.wasm/,
      /--model-lib/,
    ],
    [
      'is for another version of web-llm',
      () => chosenLibrary(withLibrary(library(libraryBytes('TVMOfAnotherAge')))),
      /compiled for another version than web-llm 0\.0\.1: it wants TVMOfAnotherAge$/,
      /--web-llm DIR/,
    ],
    [
      'is known to nobody',
      () => modelLibrary(model(), { environment: { TOKENLAP_CACHE: environment.TOKENLAP_CACHE } }),
      /^web-llm 0\.2\.\d+ knows no library for model-\d+$/,
      /--model-lib FILE\.wasm/,
    ],
    [
      'has another format',
      () =>
        modelLibrary(model(), withLibrary(library(libraryBytes(known, { ...libraryModel, quantization: 'q0f32' })))),
      /is for q0f32, the model has q4f32_1$/,
      /compiled for this model/,
    ],
    [
      'has another architecture',
      () => modelLibrary(model(), withLibrary(library(libraryBytes(known, { ...libraryModel, model_type: 'qwen2' })))),
      /is for qwen2, the model is llama$/,
      /compiled for this model/,
    ],
    [
      'wants other weights',
      () => {
        const params = [...tensors, { name: 'lm_head.bias', shape: [4], dtype: 'float32' }];
        return modelLibrary(model(), withLibrary(library(libraryBytes(known, { ...libraryModel, params }))));
      },
      /wants the weights lm_head\.bias, which the model lacks$/,
      /compiled for this model/,
    ],
    [
      'wants weights of another shape',
      () => {
        const params = tensors.map((tensor) => ({ ...tensor, shape: [8, 4] }));
        return modelLibrary(model(), withLibrary(library(libraryBytes(known, { ...libraryModel, params }))));
      },
      /wants model\.embed_tokens\.q_weight as 8x4, the model has 4x4$/,
      /compiled for this model/,
    ],
    [
      'cannot be fetched',
      () =>
        chosenLibrary({
          ...withLibrary('http://libraries.invalid/v1/x.wasm'),
          ...answering(() => new Response('', { status: 404 })),
        }),
      /libraries\.invalid\/v1\/x\.wasm cannot be fetched: HTTP 404$/,
      /other means/,
    ],
    [
      'must not be fetched, as a variable says',
      () =>
        chosenLibrary({
          ...withLibrary('http://libraries.invalid/v1/x.wasm'),
          environment: { ...environment, TOKENLAP_OFFLINE: '1' },
        }),
      /--offline, or TOKENLAP_OFFLINE, forbids it$/,
      /other means/,
    ],
    [
      'must not be fetched, as the command says',
      () => chosenLibrary({ ...withLibrary('http://libraries.invalid/v1/x.wasm'), offline: true }),
      /--offline, or TOKENLAP_OFFLINE, forbids it$/,
      /other means/,
    ],
    [
      'turns out to be a page',
      () =>
        chosenLibrary({
          ...withLibrary('http://libraries.invalid/v1/x.wasm'),
          ...answering(() => new Response('<html>')),
        }),
      /is no WebAssembly/,
      /fetch it again/,
    ],
  ])('is refused when it %s', async (_, work, message, remedy) => {
    await expect(work()).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });
});

describe('the web-llm that is measured', () => {
  it('is the installed one, or the package of another version', () => {
    expect(webLlmName(webLlmFolder({}))).toMatch(/^web-llm 0\.2\.\d+$/);
    expect(webLlmName(webLlmFolder(given))).toBe('web-llm 0.0.1');
    expect(() => webLlmFolder({ webLlm: folder })).toThrow(/there is no lib.index\.js in/);
  });

  it('knows a library for every model that the registry has for it', async () => {
    const models = await webLlmModels(webLlmFolder({}));
    const names = loadRegistry().models.flatMap(({ sources: { mlc } }) =>
      mlc === undefined ? [] : offeredFiles(mlc).map(({ quantization }) => mlc.repository.replace('{q}', quantization)),
    );
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) {
      expect(
        models.some(({ model }) => model.endsWith(`/${name}`)),
        name,
      ).toBe(true);
    }
  });
});
