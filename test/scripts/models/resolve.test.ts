import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelRecordSchema } from '../../../scripts/log/records/model-record.ts';
import type { GgufFile } from '../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import { modelCacheFolder } from '../../../scripts/models/model-cache.ts';
import { modelRequestOf } from '../../../scripts/models/model-options.ts';
import { decodeFloat16 } from '../../../scripts/models/quantization/half-precision.ts';
import { quantizeQ8_0 } from '../../../scripts/models/quantization/weight-encoding.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import type { RegisteredModel } from '../../../scripts/models/registry-schema.ts';
import { type ModelRequest, resolveModel } from '../../../scripts/models/resolve.ts';
import { synthesize } from '../../../scripts/models/synthetic/synthesize.ts';
import { skipped } from '../../fakes/skipped.ts';
import { fakeHub } from './hub/fake-hub.ts';
import { modelFolder, silent, smallModel } from './model-folder.ts';

const request = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
  ...modelRequestOf({ quantize: 'default' }, { seed: 1, formats: [] }, {}),
  ...changes,
});

/** A registry of these models alone, and an empty cache. */
function world(...models: RegisteredModel[]) {
  const cache = modelFolder();
  const registryFile = join(modelFolder(), 'models.json');
  const first = models[0];
  writeFileSync(registryFile, JSON.stringify({ defaultSize: first?.size ?? '', models }));
  return {
    cache,
    surroundings: { environment: { TOKENLAP_CACHE: cache }, ...(first === undefined ? {} : { registryFile }) },
  };
}

describe('a model is described by what its file says', () => {
  test('synthetic weights of a tied model', async () => {
    const { surroundings, cache } = world(smallModel('llama'));
    const model = await resolveModel(request({ synthetic: true, quantize: 'float16' }), silent, surroundings);
    expect(modelRecordSchema.parse(model.record)).toMatchObject({
      ...{ name: 'Tokenlap tiny chat (synthetic)', size: 'small', sizeClass: 'tiny', algorithm: 'llama' },
      ...{ source: 'synthetic', synthetic: true, file: 'synthetic-llama-small-f16-seed1.gguf', contextLength: 256 },
      quantization: { asked: 'float16', got: 'f16', weightClass: '16-bit' },
      // Two layers of two heads with 32 keys and 32 values each.
      kvElementsPerPosition: 2 * 2 * (32 + 32),
    });
    const { record } = model;
    // By hand: embedding 320 x 128, a layer q 128 x 128, k and v 128 x 64, output 128 x 128, three of 128 x 192.
    const matrices = 320 * 128 + 2 * (128 * 128 + 2 * 128 * 64 + 128 * 128 + 3 * 128 * 192);
    const norms = 128 * 5;
    expect(record.parameters).toBe(matrices + norms);
    expect(record.weightBytesPerToken).toBe(2 * matrices + 4 * norms);
    expect(record.effectiveBitsPerWeight).toBeCloseTo((8 * (2 * matrices + 4 * norms)) / record.parameters, 10);
    expect(model.path).toBe(join(cache, 'models', record.file));
    expect(model).toMatchObject({ bosToken: '<|endoftext|>', eosToken: '<|im_end|>', addBosToken: false });
  });

  test('an untied embedding and learned positions are tables of which a token reads one row', async () => {
    const untied = world(smallModel('mistral'));
    const { record } = await resolveModel(request({ synthetic: true, quantize: 'f32' }), silent, untied.surroundings);
    expect(record.parameters * 4 - record.weightBytesPerToken).toBe(320 * 128 * 4);
    const learned = world(smallModel('gpt2'));
    const gpt2 = await resolveModel(request({ synthetic: true, quantize: 'f32' }), silent, learned.surroundings);
    expect(gpt2.record.parameters * 4 - gpt2.record.weightBytesPerToken).toBe(256 * 128 * 4);
  });

  test('a file of the user is recognised from its header', async () => {
    // 286720 weights in matrices, as above, and 768 in norms.
    const path = await synthesize(smallModel('qwen3'), 'q8_0', 1, modelFolder(), silent);
    const { record } = await resolveModel(request({ path }), silent, world().surroundings);
    expect(record).toMatchObject({ source: 'path', algorithm: 'qwen3', size: '287k', quantization: { got: 'q8_0' } });
  });

  test('a note says so where a format does not fit the shape', async () => {
    const { surroundings } = world(smallModel('llama'));
    const { record } = await resolveModel(request({ synthetic: true, quantize: 'q4_k_m' }), silent, surroundings);
    // Rows of 128 and 192 hold no blocks of 256.
    expect(record.quantization.note).toMatch(/the file has \d\.\d\d bits per weight, q4_k_m usually 4.85/);
  });
});

describe('other formats are made from full precision', () => {
  const weightsOf = ({ path, tensors }: GgufFile, name: string) => {
    const tensor = tensors.find((candidate) => candidate.name === name);
    if (tensor === undefined) throw new Error(name);
    return readFileSync(path).subarray(tensor.offset, tensor.offset + tensor.bytes);
  };

  test('q8_0 of an f16 file has the blocks of the reference, once and for all', async () => {
    const path = await synthesize(smallModel('llama'), 'f16', 1, modelFolder(), silent);
    const { surroundings } = world();
    const made = await resolveModel(request({ path, quantize: 'q8_0' }), silent, surroundings);
    expect(made.record).toMatchObject({ source: 'path', quantization: { asked: 'q8_0', got: 'q8_0' } });
    const name = 'blk.1.ffn_down.weight';
    const halves = weightsOf(await readGguf(path), name);
    const source = decodeFloat16(Uint16Array.from({ length: halves.length / 2 }, (_, i) => halves.readUInt16LE(2 * i)));
    const result = await readGguf(made.path);
    expect(weightsOf(result, name).equals(quantizeQ8_0(source))).toBe(true);
    expect(result.tensors.find((tensor) => tensor.name === 'output_norm.weight')?.type).toBe('f32');
    const again = await resolveModel(request({ path, quantize: 'q8_0' }), () => expect.unreachable(), surroundings);
    expect(again).toEqual(made);
  });

  test('a framework that runs f32 only gets f32, with a note', async () => {
    const path = await synthesize(smallModel('llama'), 'f16', 1, modelFolder(), silent);
    const { record } = await resolveModel(request({ path, formats: ['f32'] }), silent, world().surroundings);
    expect(record.quantization).toMatchObject({ got: 'f32', weightClass: '32-bit', note: /does not run f16/ });
  });

  test('a quantised file is used as it is or not at all', async () => {
    const path = await synthesize(smallModel('llama'), 'q8_0', 1, modelFolder(), silent);
    const { surroundings } = world();
    expect((await resolveModel(request({ path, quantize: 'int8' }), silent, surroundings)).path).toBe(path);
    await expect(resolveModel(request({ path, quantize: 'q4_0' }), silent, surroundings)).rejects.toThrow(
      /q4_0 is not available: .* is available in q8_0/,
    );
  });

  test('only F32, which has the values of quantised weights, is made of them, and only where it is asked for', async () => {
    const path = await synthesize(smallModel('llama'), 'q8_0', 1, modelFolder(), silent);
    const { surroundings } = world();
    const { record, path: made } = await resolveModel(request({ path, quantize: 'float32' }), silent, surroundings);
    expect(record).toMatchObject({ quantization: { got: 'f32', weightClass: '32-bit' } });
    expect(record.lineage?.steps.at(-1)?.options).toEqual({ to: 'f32', pure: true });
    expect((await readGguf(made)).tensors.every(({ type }) => type === 'f32')).toBe(true);
    const unasked = request({ path, quantize: 'f32', expands: false });
    await expect(resolveModel(unasked, silent, surroundings)).rejects.toThrow(/f32 is not available: .* in q8_0/);
    await expect(resolveModel(request({ path, formats: ['f32'] }), silent, surroundings)).rejects.toMatchObject({
      message: expect.stringMatching(/^"default": there is nothing that runs/),
      remedy: expect.stringMatching(/^--quantize f32 makes a file with the same values\./),
    });
  });
});

const embedded = loadRegistry().models.find((model) => model.embedded !== undefined);

const isThere = existsSync(embedded?.embedded?.file ?? '');
test.skipIf(skipped(!isThere, 'formats of the embedded model: its file is not in this checkout'))(
  'the embedded model runs in every format it is offered in',
  async () => {
    const { surroundings } = world();
    for (const quantize of ['default', 'f32', 'q8_0', 'q4_0', '4bit']) {
      const { record, chatTemplate } = await resolveModel(request({ quantize }), silent, surroundings);
      expect(record).toMatchObject({ size: 'tiny', source: 'embedded', synthetic: false });
      expect(chatTemplate).not.toBeNull();
    }
    await expect(resolveModel(request({ quantize: 'q6_k' }), silent, surroundings)).rejects.toThrow(/not available/);
  },
);

describe('models of the hub', () => {
  const onHub = (): RegisteredModel => ({
    ...smallModel('qwen2'),
    sources: {
      gguf: {
        ...{ repository: 'someone/Small-GGUF', revision: 'main', file: 'small-{Q}.gguf', default: 'q8_0' },
        quantizations: ['f16', 'q8_0'],
      },
      // Other containers have a place too.
      mlc: { repository: 'someone/Small-{q}-MLC', revision: 'main', quantizations: ['q4f16_1'], default: 'q4f16_1' },
    },
  });

  test('are fetched once and then used without the hub', async () => {
    const path = await synthesize(onHub(), 'q8_0', 1, modelFolder(), silent);
    const fake = await fakeHub(readFileSync(path));
    const { surroundings } = world(onHub());
    const asked = request({ size: 'small', hubUrl: fake.hub.url });
    const { record } = await resolveModel(asked, silent, surroundings);
    expect(record).toMatchObject({ source: 'downloaded', size: 'small', sha256: fake.announcedSha256 });
    expect(fake.requests[0]?.url).toBe('/someone/Small-GGUF/resolve/main/small-Q8_0.gguf');
    const offline = await resolveModel({ ...asked, offline: true, hubUrl: 'http://127.0.0.1:9' }, silent, surroundings);
    expect(offline.record).toEqual(record);
  });

  test('that are not here are refused offline, with the ways that remain', async () => {
    await expect(resolveModel(request({ offline: true }), silent, world(onHub()).surroundings)).rejects.toMatchObject({
      message: expect.stringContaining('--offline forbids fetching it'),
      remedy: expect.stringMatching(/--model PATH.*--synthetic/),
    });
  });

  test('stop at an interruption', async () => {
    const fake = await fakeHub(Buffer.alloc(300_000));
    const { surroundings } = world(onHub());
    await expect(
      resolveModel(request({ hubUrl: fake.hub.url }), silent, { ...surroundings, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ message: 'interrupted while fetching small-Q8_0.gguf', exitCode: 130 });
  });
});

describe('a request that cannot be met gets one line', () => {
  test.each<[what: string, changes: Partial<ModelRequest>, says: RegExp]>([
    ['a path that is not there', { path: './none.gguf' }, /neither a file nor a model of the registry/],
    ['a shape without weights', { size: '15M' }, /shape without trained weights/],
    ['a format that random weights have not', { size: '15M', synthetic: true, quantize: 'iq4_xs' }, /not available/],
  ])('%s', async (_what, changes, says) => {
    await expect(
      resolveModel(request(changes), silent, { environment: { TOKENLAP_CACHE: modelFolder() } }),
    ).rejects.toThrow(says);
  });

  test('a file with --synthetic', async () => {
    const path = await synthesize(smallModel('llama'), 'f16', 1, modelFolder(), silent);
    await expect(resolveModel(request({ path, synthetic: true }), silent, world().surroundings)).rejects.toThrow(
      /--synthetic/,
    );
  });

  test('--model and --size together', () => {
    expect(() => modelRequestOf({ quantize: 'f16', model: 'a', size: '1B' }, { seed: 1, formats: [] })).toThrow(
      /both name/,
    );
  });

  test('a file that turned out to be cut off', async () => {
    const path = await synthesize(smallModel('llama'), 'f16', 1, modelFolder(), silent);
    const cut = join(modelFolder(), 'cut.gguf');
    copyFileSync(path, cut);
    const { truncateSync } = await import('node:fs');
    truncateSync(cut, 30_000);
    await expect(resolveModel(request({ path: cut }), silent, world().surroundings)).rejects.toThrow(
      /and the file has 30000/,
    );
  });
});

describe('the model cache', () => {
  test.each<[environment: Record<string, string>, platform: NodeJS.Platform, folder: RegExp]>([
    [{ TOKENLAP_CACHE: '/big/disk' }, 'linux', /^\/big\/disk\/models$/],
    [{ XDG_CACHE_HOME: '/xdg' }, 'linux', /^\/xdg\/tokenlap\/models$/],
    [{}, 'linux', /\/\.cache\/tokenlap\/models$/],
    [{}, 'darwin', /Library\/Caches\/tokenlap\/models$/],
    [{ LOCALAPPDATA: '/appdata' }, 'win32', /^\/appdata\/tokenlap\/Cache\/models$/],
  ])('with %j on %s', (environment, platform, folder) => {
    expect(modelCacheFolder(environment, platform)).toMatch(folder);
  });
});

test('TOKENLAP_OFFLINE counts as --offline unless it says no', () => {
  const offline = (value: string) =>
    modelRequestOf({ quantize: 'f16' }, { seed: 1, formats: [] }, { TOKENLAP_OFFLINE: value }).offline;
  expect(['1', 'true', '0', 'false', ''].map(offline)).toEqual([true, true, false, false, false]);
});

test('every format of the embedded model descends from its file, and random weights from themselves', async () => {
  const cache = modelFolder();
  const surroundings = { environment: { TOKENLAP_CACHE: cache } };
  const source = await resolveModel(request({ quantize: 'f16' }), silent, surroundings);
  expect(source.record.lineage).toEqual({
    root: { sha256: source.record.sha256, name: source.record.file },
    steps: [],
  });
  // The second time it is there already, and its note is read.
  for (const quantize of ['q8_0', 'q4_0', 'q8_0']) {
    const { record } = await resolveModel(request({ quantize }), silent, surroundings);
    expect(record.lineage).toMatchObject({
      root: { sha256: source.record.sha256 },
      steps: [{ action: 'quantize', tool: 'Tokenlap', inputSha256: source.record.sha256, options: { to: quantize } }],
    });
  }
  const random = await resolveModel(request({ synthetic: true, size: '15M', quantize: 'q8_0' }), silent, surroundings);
  expect(random.record.lineage).toMatchObject({
    root: { sha256: random.record.sha256 },
    steps: [{ action: 'synthesize', inputSha256: null, options: { seed: 1 } }],
  });
});
