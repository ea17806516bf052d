/** Models in MLC's format: folders, the hub, the registry. */
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mlcFacts } from '../../../../scripts/models/mlc/folder.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import { type ModelRequest, resolveModel } from '../../../../scripts/models/resolve.ts';
import { type FolderChanges, writeModel } from '../../frameworks/mlc/mlc-folders.ts';

const formats = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32'];
const request = (changes: Partial<ModelRequest>): ModelRequest => ({
  ...modelRequestOf({ quantize: 'default' }, { seed: 1, formats, modelFormats: ['mlc'] }, {}),
  ...changes,
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-mlc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const model = (changes?: FolderChanges) => writeModel(join(temporaryFolder(), 'Small-q4f32_1-MLC'), changes);

/** A hub of one repository, and what is asked of it. */
async function hubOf(folder: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    const [, revision, file = ''] = /^\/[^/]+\/[^/]+\/resolve\/([^/]+)\/(.+)$/.exec(url ?? '') ?? [];
    const path = join(folder, file);
    if (revision === undefined || !existsSync(path)) response.writeHead(404).end();
    else response.writeHead(200).end(method === 'HEAD' ? undefined : readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

const cacheIn = (folder: string) => ({ environment: { TOKENLAP_CACHE: folder } });

describe('a folder in MLC format', () => {
  it('is described by its configuration and its manifest', async () => {
    const path = model();
    const { record, ...tokenizer } = await resolveModel(request({ path }), () => {});
    expect(record).toMatchObject({
      name: 'Small-q4f32_1-MLC',
      algorithm: 'llama',
      source: 'path',
      synthetic: false,
      fileBytes: 96,
      quantization: { asked: 'default', got: 'q4f32_1', weightClass: '4-bit' },
      effectiveBitsPerWeight: 5,
      parameters: Math.round((96 * 8) / 5),
      // The table of embeddings is read by the row: there is an output matrix besides.
      weightBytesPerToken: 32,
      // 2 layers x 2 KV heads x 16 x (key + value)
      kvElementsPerPosition: 128,
      contextLength: 2048,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(tokenizer).toEqual({
      path,
      chatTemplate: expect.stringContaining('for m in messages'),
      bosToken: '<s>',
      eosToken: '</s>',
      addBosToken: false,
    });
  });

  it('may have the former name of the manifest, another template, weights that were made', () => {
    const template = [
      { name: 'tools', template: 'a' },
      { name: 'default', template: 'b' },
    ];
    const facts = mlcFacts(
      model({
        manifestName: 'ndarray-cache.json',
        tokenizerConfig: { chat_template: template, add_bos_token: true },
        config: { tokenlap: { syntheticSeed: 1 } },
      }),
    );
    expect(facts).toMatchObject({ chatTemplate: 'b', addBosToken: true, synthetic: true });
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['GPT-2', { n_embd: 768, n_layer: 12, n_head: 12 }, 12 * 12 * 64 * 2],
    ['heads of their own size', { num_hidden_layers: 3, num_attention_heads: 8, head_dim: 256 }, 3 * 8 * 256 * 2],
    [
      'Gemma 3',
      { text_config: { num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 1, head_dim: 256 } },
      2 * 1 * 256 * 2,
    ],
  ])('has a cache as large as its shape says: %s', (_, shape, elements) => {
    expect(mlcFacts(model({ config: { model_config: shape } })).kvElementsPerPosition).toBe(elements);
  });

  it('is refused when it is not whole, with what is missing', async () => {
    const without = (file: string) => {
      const path = model();
      rmSync(join(path, file));
      return resolveModel(request({ path }), () => {});
    };
    await expect(without('tensor-cache.json')).rejects.toThrow('the model Small-q4f32_1-MLC has no tensor-cache.json');
    await expect(without('params_shard_1.bin')).rejects.toThrow('has no params_shard_1.bin');
    await expect(without('mlc-chat-config.json')).rejects.toThrow(/is no model in MLC's format/);
    const cut = model();
    truncateSync(join(cut, 'params_shard_0.bin'), 10);
    await expect(resolveModel(request({ path: cut }), () => {})).rejects.toThrow('has 10 bytes instead of 64');
    const broken = model();
    writeFileSync(join(broken, 'mlc-chat-config.json'), '<html>');
    await expect(resolveModel(request({ path: broken }), () => {})).rejects.toThrow(/not as MLC writes it: .*JSON/);
    const outside = model({ config: { tokenizer_files: ['../secret'] } });
    await expect(resolveModel(request({ path: outside }), () => {})).rejects.toThrow(/is no plain file name/);
    const other = model({ config: { quantization: 7 } });
    await expect(resolveModel(request({ path: other }), () => {})).rejects.toThrow(/quantization: .*string/);
  });

  it('is refused in a format that was not asked for, or that does not run here', async () => {
    const path = model();
    await expect(resolveModel(request({ path, quantize: 'q0f32' }), () => {})).rejects.toThrow(
      /q0f32 is not to be had/,
    );
    await expect(resolveModel(request({ path, formats: ['q0f32'] }), () => {})).rejects.toMatchObject({
      message: 'Small-q4f32_1-MLC has its weights in q4f32_1, and here run only q0f32',
      remedy: expect.stringContaining('shader-f16'),
    });
    const { record } = await resolveModel(request({ path, quantize: '4bit' }), () => {});
    expect(record.quantization).toMatchObject({ asked: '4bit', got: 'q4f32_1' });
  });
});

describe('a model of a hub', () => {
  it('is fetched once, from a URL, with the bar for all its shards', async () => {
    const hub = await hubOf(model());
    const surroundings = cacheIn(temporaryFolder());
    const bar: number[] = [];
    const asked = request({ path: `${hub.url}/me/Small-q4f32_1-MLC` });
    const first = await resolveModel(asked, ({ done, total }) => total === 96 && bar.push(done), surroundings);
    expect(first.record).toMatchObject({ source: 'downloaded', file: 'me--Small-q4f32_1-MLC' });
    expect(bar.at(-1)).toBe(96);
    expect(bar).toEqual(bar.toSorted((a, b) => a - b));
    const before = hub.asked.length;
    expect((await resolveModel({ ...asked, offline: true }, () => {}, surroundings)).path).toBe(first.path);
    expect(hub.asked.length).toBe(before);
  });

  it('may be of a branch, by its name alone, and from before the manifest was renamed', async () => {
    const hub = await hubOf(model({ manifestName: 'ndarray-cache.json' }));
    const branch = request({ path: `${hub.url}/me/Small/resolve/dev/` });
    const { record } = await resolveModel(branch, () => {}, cacheIn(temporaryFolder()));
    expect(record.file).toBe('me--Small@dev');
    expect(hub.asked).toContain('GET /me/Small/resolve/dev/ndarray-cache.json');
    const named = request({ path: 'Small-q4f32_1-MLC', hubUrl: hub.url });
    expect((await resolveModel(named, () => {}, cacheIn(temporaryFolder()))).record.file).toBe(
      'mlc-ai--Small-q4f32_1-MLC',
    );
  });

  it('is found by its size, in the format that was asked for or the nearest that runs', async () => {
    const hub = await hubOf(model());
    const bySize = request({ size: '1B', hubUrl: hub.url, formats: ['q4f32_1', 'q0f32'] });
    const { record } = await resolveModel(bySize, () => {}, cacheIn(temporaryFolder()));
    expect(record).toMatchObject({
      name: 'Llama 3.2 1B Instruct',
      size: '1B',
      file: 'mlc-ai--Llama-3.2-1B-Instruct-q4f32_1-MLC',
      quantization: { asked: 'default', got: 'q4f32_1', note: expect.stringContaining('q4f16_1') },
    });
  });

  it('is refused by its name before anything is fetched, where its format does not run', async () => {
    const hub = await hubOf(model());
    const f16 = request({ path: 'mlc-ai/Some-q4f16_1-MLC', hubUrl: hub.url, formats: ['q4f32_1'] });
    await expect(resolveModel(f16, () => {}, cacheIn(temporaryFolder()))).rejects.toThrow(
      'mlc-ai/Some-q4f16_1-MLC has its weights in q4f16_1, and here run only q4f32_1',
    );
    expect(hub.asked).toEqual([]);
  });

  it.each<[string, Partial<ModelRequest>, RegExp, RegExp]>([
    ['without the format', { size: 'tiny' }, /is not to be had in MLC's format/, /--size/],
    ['offline', { size: '1B', offline: true }, /is not on this machine/, /--model DIR for a folder in MLC's format/],
    ['with random weights', { size: '1B', synthetic: true }, /--synthetic writes GGUF files/, /Leave it out/],
    ['of no name', { path: 'nonsense' }, /neither a file nor a model of the registry/, /models\.ts list/],
    [
      'of a hub that is not there',
      { path: 'mlc-ai/Some-q4f32_1-MLC', hubUrl: 'http://127.0.0.1:9' },
      /cannot be reached/,
      /--model DIR/,
    ],
  ])('is refused %s', async (_, changes, message, remedy) => {
    await expect(resolveModel(request(changes), () => {}, cacheIn(temporaryFolder()))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });
});
