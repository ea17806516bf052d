import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { llama3Factors } from '../../../../scripts/models/architectures/model-shape.ts';
import { llama3ScalingOf } from '../../../../scripts/models/convert/llama3-scaling.ts';
import { readSafetensors } from '../../../../scripts/models/convert/safetensors.ts';
import { planExport, requireFreeFolder, writeExport } from '../../../../scripts/models/export/export-folder.ts';
import { type GgufField, type GgufMetadata, integer, real, text } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { script } from '../../../fakes/script.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { canMountSmallDisk, onSmallDisk } from '../../../fakes/small-disk.ts';
import { tensorsSha256 } from '../../preparation/tensors-sha256.ts';
import { changedModel } from '../changed-model.ts';
import { smallFolder } from '../convert/small-families.ts';
import { floats } from '../convert/source-folders.ts';
import { modelFolder } from '../model-folder.ts';
import { converted, exported, sentencePieceFolder } from './exported.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

const exportModule = new URL('../../../../scripts/models/export/export-folder.ts', import.meta.url).href;
const readerModule = new URL('../../../../scripts/models/gguf/reader.ts', import.meta.url).href;

/** What a file says of the model; names and history of the file are not the model. */
function modelKeys(metadata: GgufMetadata, ignored = /^general\.(?!architecture|file_type)|^tokenlap/) {
  return new Map([...metadata].filter(([key]) => !ignored.test(key)));
}

function json(folder: string, name: string) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

const yarn = {
  ...{ rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32 },
  ...{ attention_factor: 1.25, beta_fast: 16, beta_slow: 2 },
};
const llama3 = {
  ...{ rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4 },
  original_max_position_embeddings: 8192,
};

const llamaBiases = ['q', 'k', 'v', 'o'];
const withBiases = (tensors: ReturnType<typeof floats>[]) => [
  ...tensors,
  ...[0, 1].flatMap((layer) => [
    ...llamaBiases.map((part) =>
      floats(`model.layers.${layer}.self_attn.${part}_proj.bias`, [part === 'k' || part === 'v' ? 32 : 64], Math.sin),
    ),
    floats(`model.layers.${layer}.mlp.gate_proj.bias`, [96], Math.cos),
    floats(`model.layers.${layer}.mlp.up_proj.bias`, [96], Math.sin),
    floats(`model.layers.${layer}.mlp.down_proj.bias`, [64], Math.cos),
  ]),
];

describe('a folder that is exported', () => {
  test.each([
    { kind: 'llama', family: 'llama' },
    { kind: 'mistral, whose output matrix is its own', family: 'mistral' },
    {
      kind: 'llama with biases',
      family: 'llama',
      config: { attention_bias: true, mlp_bias: true },
      tensors: withBiases,
    },
    { kind: 'llama with a linear scaling', family: 'llama', config: { rope_scaling: { type: 'linear', factor: 2.5 } } },
    { kind: 'llama with yarn', family: 'llama', config: { rope_scaling: yarn } },
    { kind: "llama with Llama 3's scaling", family: 'llama', config: { rope_theta: 500_000, rope_scaling: llama3 } },
    { kind: 'qwen2', family: 'qwen2' },
    { kind: 'qwen2 with yarn', family: 'qwen2', config: { rope_scaling: yarn, rope_theta: 1_000_000 } },
    { kind: 'qwen3', family: 'qwen3' },
    { kind: 'gpt2', family: 'gpt2' },
    { kind: 'gpt2 with a feed-forward part of its own width', family: 'gpt2', config: { n_inner: 256 } },
  ] as const)('becomes the same file again: $kind', async ({ family, ...changes }) => {
    const path = await converted(await smallFolder(family, { config: {}, ...changes }));
    const again = await converted(await exported(path));
    expect(await tensorsSha256(again)).toBe(await tensorsSha256(path));
    const [there, here] = [await readGguf(path), await readGguf(again)];
    expect(Object.fromEntries(modelKeys(here.metadata))).toMatchObject(Object.fromEntries(modelKeys(there.metadata)));
  });

  test.each(['f32', 'f16'] as const)('of the embedded model becomes it again, with matrices in %s', async (type) => {
    const folder = await exported(embedded, type);
    const again = await converted(folder, 'f16');
    expect(await tensorsSha256(again)).toBe(await tensorsSha256(embedded));
    const own = /^general\.(?!architecture|file_type)|^tokenlap|eot_token_id/;
    const [there, here] = [await readGguf(embedded), await readGguf(again)];
    expect(Object.fromEntries(modelKeys(here.metadata))).toMatchObject(
      Object.fromEntries(modelKeys(there.metadata, own)),
    );
    const stored = new Map(readSafetensors(join(folder, 'model.safetensors')).map((tensor) => [tensor.name, tensor]));
    expect(stored.size).toBe(there.tensors.length);
    expect(stored.get('model.layers.3.self_attn.k_proj.weight')).toMatchObject({
      dtype: type.toUpperCase(),
      shape: [128, 256],
    });
    expect(stored.get('model.norm.weight')).toMatchObject({ dtype: 'F32', shape: [256] });
    // What a number takes divides the place where it begins: it can be mapped into memory.
    for (const { offset, dtype } of stored.values()) expect(offset % (dtype === 'F32' ? 4 : 2)).toBe(0);
    expect(json(folder, 'config.json').torch_dtype).toBe(type === 'f32' ? 'float32' : 'float16');
  });

  test('of q8_0 holds the values of the blocks, which make the same blocks', async () => {
    const path = await converted(await smallFolder('llama'), 'q8_0');
    expect(await tensorsSha256(await converted(await exported(path), 'q8_0'))).toBe(await tensorsSha256(path));
  });

  test('may say that no space comes before a text, which is so with pairs of bytes', async () => {
    const said = (value: boolean) =>
      changedModel(embedded, { 'tokenizer.ggml.add_space_prefix': { type: 'bool', value } });
    const again = await converted(await exported(await said(false)), 'f16');
    expect(await tensorsSha256(again)).toBe(await tensorsSha256(embedded));
    await expect(exported(await said(true))).rejects.toThrow(/cannot say its tokenizer\.ggml\.add_space_prefix/);
  });

  test('ends answers at the ends of turns too, and begins them as llama.cpp does', async () => {
    const path = await changedModel(embedded, {
      'tokenizer.ggml.eot_token_id': integer(510),
      'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
      'tokenizer.ggml.add_eos_token': { type: 'bool', value: true },
    });
    const folder = await exported(path);
    expect(json(folder, 'generation_config.json')).toEqual({
      ...{ bos_token_id: 509, pad_token_id: 509, eos_token_id: [511, 510] },
    });
    expect(json(folder, 'tokenizer.json').post_processor.processors[1].single).toEqual([
      { SpecialToken: { id: '<|endoftext|>', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '<|im_end|>', type_id: 0 } },
    ]);
  });
});

describe('SentencePiece', () => {
  const tokens = ['<unk>', '<s>', '</s>', '<0x0A>', '\u2581', 'a', 'b', 'ab', '\u2581ab', ' <tool>'];
  const types = [2, 3, 3, 6, 1, 1, 1, 1, 1, 4];
  const scores = [0, 0, 0, 0, -5, -6, -7, -1, -2, -1000];

  const smallLlama = async () => {
    const pieces = tokens.map((piece, id) => ({ text: piece, type: types[id] ?? 1, score: scores[id] ?? 0 }));
    return converted(await sentencePieceFolder(pieces));
  };

  test('becomes merges by the scores, and the same pieces again', async () => {
    const path = await smallLlama();
    const folder = await exported(path);
    const { model, normalizer, post_processor, added_tokens } = json(folder, 'tokenizer.json');
    expect(model).toMatchObject({
      ...{ type: 'BPE', byte_fallback: true, fuse_unk: true, unk_token: '<unk>' },
      merges: ['a b', '\u2581 ab'],
    });
    expect(Object.keys(model.vocab)).toHaveLength(tokens.length);
    expect(normalizer.normalizers[0]).toEqual({ type: 'Prepend', prepend: '\u2581' });
    expect(post_processor.single[0]).toEqual({ SpecialToken: { id: '<s>', type_id: 0 } });
    expect(added_tokens.map(({ id, special }: { id: number; special: boolean }) => [id, special])).toEqual([
      ...[
        [0, true],
        [1, true],
        [2, true],
      ],
      [9, false],
    ]);
    const again = await readGguf(await converted(folder));
    const { metadata } = await readGguf(path);
    for (const key of ['tokens', 'model', 'pre', 'bos_token_id', 'eos_token_id'])
      expect([key, again.metadata.get(`tokenizer.ggml.${key}`)]).toEqual([key, metadata.get(`tokenizer.ggml.${key}`)]);
  });

  test('without a space before a text says so', async () => {
    const path = await changedModel(await smallLlama(), {
      'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    });
    const folder = await exported(path);
    expect(json(folder, 'tokenizer.json').normalizer).toMatchObject({ type: 'Replace' });
    expect((await readGguf(await converted(folder))).metadata.get('tokenizer.ggml.add_space_prefix')?.value).toBe(
      false,
    );
  });
});

describe("Llama 3's scaling is found by its factors", () => {
  test.each([
    { factor: 8, highFrequencyFactor: 4, originalContextLength: 8192, base: 500_000, dimension: 128 },
    { factor: 32, highFrequencyFactor: 4, originalContextLength: 8192, base: 500_000, dimension: 64 },
    { factor: 16, highFrequencyFactor: 2, originalContextLength: 2048, base: 10_000, dimension: 64 },
    { factor: 8, highFrequencyFactor: 3.5, originalContextLength: 5000, base: 500_000, dimension: 128 },
  ])('$factor, $highFrequencyFactor, $originalContextLength', ({ base, dimension, ...numbers }) => {
    const scaling = { ...numbers, lowFrequencyFactor: 1 };
    const found = llama3ScalingOf(llama3Factors(dimension, base, scaling), dimension, base);
    expect(found.factor).toBe(numbers.factor);
    expect(found.highFrequencyFactor).toBeCloseTo(numbers.highFrequencyFactor, 4);
    expect(Math.abs(found.originalContextLength - numbers.originalContextLength)).toBeLessThanOrEqual(1);
  });

  test('and others are refused', () => {
    const factors = Float32Array.from({ length: 32 }, (_, i) => 1 + i / 7);
    expect(() => llama3ScalingOf(factors, 64, 10_000)).toThrow(/not those of Llama 3's scaling/);
  });
});

describe('is refused in one line:', () => {
  const key = (name: string) => `tokenizer.ggml.${name}`;
  const texts = (...value: string[]): GgufField => ({ type: 'array', of: 'string', value });

  test.each<{ what: string; fields: Record<string, GgufField | undefined>; error: RegExp }>([
    { what: 'a pre-tokenizer', fields: { [key('pre')]: text('viking') }, error: /pre-tokenizer "viking".* not known/ },
    { what: 'no pre-tokenizer', fields: { [key('pre')]: undefined }, error: /pre-tokenizer "".* not known/ },
    { what: 'a kind of tokenizer', fields: { [key('model')]: text('t5') }, error: /tokenizer of the kind "t5"/ },
    { what: 'no vocabulary', fields: { [key('tokens')]: undefined }, error: /has no vocabulary/ },
    { what: 'a token twice', fields: { [key('tokens')]: texts(...Array(512).fill('a')) }, error: /merge|token 0/ },
    {
      what: 'merges of nothing',
      fields: { [key('merges')]: texts('no pair here') },
      error: /"no pair here" is not a pair/,
    },
    { what: 'merges that make nothing', fields: { [key('merges')]: texts('a Z') }, error: /"a Z" is not a pair/ },
    { what: 'an impossible id', fields: { [key('bos_token_id')]: integer(99_999) }, error: /bos_token_id is 99999/ },
    {
      what: 'a window',
      fields: { 'llama.attention.sliding_window': integer(64) },
      error: /cannot say its llama.attention.sliding_window = 64/,
    },
    {
      what: 'a scale of logits',
      fields: { 'llama.logit_scale': real(0.5) },
      error: /cannot say its llama.logit_scale = 0.5/,
    },
    {
      what: 'an older key of a scaling',
      fields: { 'llama.rope.scale_linear': real(4) },
      error: /cannot say its llama.rope.scale_linear = 4/,
    },
    {
      what: 'a scaling without its numbers',
      fields: { 'llama.rope.scaling.type': text('yarn') },
      error: /does not say factor/,
    },
    { what: 'no width', fields: { 'llama.embedding_length': undefined }, error: /no language model/ },
    {
      what: 'other heads than its matrices have',
      fields: { 'llama.attention.head_count': integer(8) },
      error: /q_proj/,
    },
    {
      what: 'another width of values',
      fields: { 'llama.attention.value_length': integer(32) },
      error: /value_length = 32/,
    },
  ])('$what', async ({ fields, error }) => {
    const path = await changedModel(embedded, fields);
    await expect(planExport(await readGguf(path), 'f32')).rejects.toThrow(error);
  });

  test.each([
    { family: 'gemma2', error: /architecture gemma2 are not exported.*/ },
    { family: 'mixtral', error: /4 experts, and only dense models/ },
    { family: 'qwen2moe', error: /architecture qwen2moe are not exported/ },
    { family: 'bert', error: /architecture bert are not exported/ },
  ] as const)('$family', async ({ family, error }) => {
    const path = await converted(await smallFolder(family));
    await expect(planExport(await readGguf(path), 'f32')).rejects.toThrow(error);
  });

  test('numbers that a half cannot hold, and no folder that looks complete is left', async () => {
    const large = (tensors: ReturnType<typeof floats>[]) =>
      tensors.map((tensor) =>
        tensor.name.includes('up_proj') ? floats(tensor.name, tensor.shape, () => 1e6) : tensor,
      );
    const path = await converted(await smallFolder('llama', { tensors: large }));
    const failed = exported(path, 'f16');
    await expect(failed).rejects.toThrow(/beyond what f16 holds/);
    await expect(failed).rejects.toMatchObject({ remedy: expect.stringContaining('f32 and bf16 hold them') });
    expect(existsSync(join(path, '..', 'exported', 'config.json'))).toBe(false);
  });
});

describe('a folder', () => {
  test('is not written over other files, and an earlier export only on request', async () => {
    const folder = await exported(embedded);
    expect(() => requireFreeFolder(folder, false)).toThrow(/config.json already exists/);
    expect(() => requireFreeFolder(folder, true)).not.toThrow();
    writeFileSync(join(folder, 'model.safetensors.1-2.writing'), 'left by a process that was killed');
    expect(() => requireFreeFolder(folder, true)).not.toThrow();
    writeFileSync(join(folder, 'chat_template.jinja'), 'of another model');
    expect(() => requireFreeFolder(folder, true)).toThrow(/has other files: chat_template.jinja/);
    expect(() => requireFreeFolder(embedded, true)).toThrow(/is a file/);
    expect(() => requireFreeFolder(join(folder, 'new'), false)).not.toThrow();
  });

  test('that is replaced has no file of the model before, and is no model while it is replaced', async () => {
    const pieces = ['<unk>', '<s>', '</s>', 'a'].map((text, id) => ({ text, type: [2, 3, 3, 1][id] ?? 1, score: 0 }));
    const folder = await exported(await converted(await sentencePieceFolder(pieces)));
    expect(existsSync(join(folder, 'tokenizer.model'))).toBe(true);
    const plan = await planExport(await readGguf(embedded), 'f32');
    const interrupted = writeExport(plan, folder, {}, () => {
      throw new Error('interrupted');
    });
    await expect(interrupted).rejects.toThrow(/interrupted/);
    expect(existsSync(join(folder, 'config.json'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('.writing'))).toEqual([]);
    await writeExport(plan, folder, {}, () => {});
    expect(readdirSync(folder).sort()).toEqual(
      ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].sort(),
    );
  });

  test.skipIf(skipped(!canMountSmallDisk, 'an export to a full disk: this system mounts no small one'))(
    'on a disk that is too small is refused with the option that names another',
    () => {
      const told = onSmallDisk(
        512,
        `
        const { planExport, writeExport } = await import(${JSON.stringify(exportModule)});
        const { readGguf } = await import(${JSON.stringify(readerModule)});
        const plan = await planExport(await readGguf(${JSON.stringify(embedded)}), 'f32');
        tell(await failure(() => writeExport(plan, join(disk, 'model'), {}, () => {})));
        `,
      );
      expect(told).toEqual({
        message: expect.stringMatching(/model.safetensors needs .*MB, and its disk has .*left/),
        remedy: expect.stringContaining('with --to FOLDER'),
      });
    },
  );
});

test('the command says what it wrote, and refuses a folder that is there', { timeout: 60_000 }, async () => {
  const folder = join(modelFolder(), 'tiny-hf');
  const options = ['export', 'hf', embedded, '--to', folder];
  const { stdout } = await script('scripts/models.ts', [...options, '--dtype', 'bf16', '--json']);
  const made = JSON.parse(stdout);
  expect(made).toMatchObject({
    ...{
      path: folder,
      architecture: 'llama',
      modelClass: 'LlamaForCausalLM',
      dtype: 'bf16',
      exact: false,
      tensors: 38,
    },
    lineage: { steps: [{ action: 'export', tool: 'Tokenlap', options: { to: 'hf', dtype: 'bf16' } }] },
  });
  expect(made.bytes).toBe(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0));
  const again = await script('scripts/models.ts', options);
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/config.json already exists.*\nnext: .*--to FOLDER/),
  });
  const replaced = await script('scripts/models.ts', [...options, '--force']);
  expect(replaced.stdout).toMatch(/LlamaForCausalLM: .*every weight has the value that it has in the file/);
  expect(json(folder, 'config.json').torch_dtype).toBe('float32');
});
