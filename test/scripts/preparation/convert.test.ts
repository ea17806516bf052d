import { existsSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { llamacpp } from '../../../scripts/frameworks/llamacpp/framework.ts';
import { numberField, textArrayField } from '../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import { type ConvertRequest, convertModel } from '../../../scripts/preparation/convert.ts';
import { skipped } from '../../fakes/skipped.ts';
import { greedy, openEngine } from '../frameworks/onnx/engines.ts';
import { isSmallFamily, smallFamilies, smallFolder } from '../models/convert/small-families.ts';
import { embeddedAsFolder, floats, weightsOf, writeJson, writeSafetensors } from '../models/convert/source-folders.ts';
import { modelFolder, silent } from '../models/model-folder.ts';
import { tensorsSha256 } from './tensors-sha256.ts';

const embedded = fileURLToPath(new URL('../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));
const never = new AbortController().signal;

function convert(folder: string, changes: Partial<ConvertRequest> = {}) {
  return convertModel(
    {
      ...{ folder, to: 'f16', output: join(modelFolder(), 'made.gguf'), name: undefined, pre: undefined },
      ...{ tool: 'own', convertScript: undefined, force: false },
      ...changes,
    },
    silent,
    never,
  );
}

/** All but the encoder. */
const decoders = Object.keys(smallFamilies)
  .filter(isSmallFamily)
  .filter((name) => name !== 'bert');

describe('a folder of transformers', () => {
  test('that holds the embedded model becomes the embedded model, byte by byte', async () => {
    const made = await convert(await embeddedAsFolder());
    expect(made).toMatchObject({ architecture: 'llama', tool: 'Tokenlap', tensors: 38 });
    expect(await tensorsSha256(made.path)).toBe(await tensorsSha256(embedded));
    const [there, here] = [await readGguf(embedded), await readGguf(made.path)];
    // Facts about the file, and keys that say what llama.cpp assumes anyway.
    const own = /^general\.(?!architecture|file_type)|^tokenlap|vocab_size|eot_token_id/;
    for (const [key, field] of there.metadata)
      if (!own.test(key)) expect([key, here.metadata.get(key)]).toEqual([key, field]);
    expect(made.lineage).toMatchObject({
      root: { name: 'tiny-chat', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      steps: [{ action: 'convert', options: { to: 'f16' } }],
    });
  });

  test.each(decoders)(
    'of the kind of %s is loaded by llama.cpp and generates',
    { timeout: 120_000 },
    async (family) => {
      // llama.cpp wants tokens of its own of a vocabulary whose model is called phi3.
      const { path } = await convert(await smallFolder(family), { name: 'small' });
      await using opened = await openEngine(llamacpp, path);
      const { ids } = await opened.engine.tokenize('What is 2 + 2?');
      const answer = await opened.engine.generate({ ...greedy, prompt: ids, maxTokens: 3, ignoreEndOfSequence: true });
      expect(answer.ids).toHaveLength(3);
    },
  );

  test('in bf16 and q8_0 gets the formats, and what must not be quantised stays in full precision', async () => {
    const folder = await smallFolder('mixtral');
    const { path } = await convert(folder, { to: 'q8_0' });
    const types = new Map((await readGguf(path)).tensors.map(({ name, type }) => [name, type]));
    expect(types.get('blk.0.ffn_up_exps.weight')).toBe('q8_0');
    expect(types.get('blk.1.ffn_gate_inp.weight')).toBe('f32');
    expect(types.get('output_norm.weight')).toBe('f32');
    const half = await readGguf((await convert(folder, { to: 'bf16' })).path);
    expect(half.tensors.find(({ name }) => name === 'token_embd.weight')?.type).toBe('bf16');
  });
});

/** A number that tells its place: row and column. */
const placed = (columns: number) => (index: number) => Math.floor(index / columns) + (index % columns) / 1000;
const firstColumn = (values: readonly number[], columns: number) =>
  values.filter((_, index) => index % columns === 0).map(Math.round);

describe('rows change places', () => {
  test('in GPT-NeoX: queries of all heads, then keys, then values', async () => {
    const folder = await smallFolder('gptneox', {
      tensors: (tensors) =>
        tensors.map((tensor) =>
          tensor.name.endsWith('query_key_value.weight') ? floats(tensor.name, tensor.shape, placed(64)) : tensor,
        ),
    });
    const { path } = await convert(folder, { to: 'f32' });
    const rows = firstColumn(await weightsOf(path, 'blk.0.attn_qkv.weight'), 64);
    // Four heads of 16 rows: in the source q, k and v of a head follow each other, 48 rows a head.
    expect([rows[0], rows[15], rows[16], rows[64], rows[80], rows[128], rows[191]]).toEqual([
      0, 15, 48, 16, 64, 32, 191,
    ]);
  });

  test('in Llama: the halves of a head are interleaved', async () => {
    const folder = await smallFolder('mixtral', {
      tensors: (tensors) =>
        tensors.map((tensor) =>
          tensor.name.endsWith('q_proj.weight') ? floats(tensor.name, tensor.shape, placed(64)) : tensor,
        ),
    });
    const rows = firstColumn(await weightsOf((await convert(folder, { to: 'f32' })).path, 'blk.1.attn_q.weight'), 64);
    expect(rows.slice(0, 4)).toEqual([0, 8, 1, 9]);
    expect(rows.slice(16, 20)).toEqual([16, 24, 17, 25]);
  });

  test('in GPT-2: matrices are turned, and masks are left away', async () => {
    const folder = await smallFolder('gpt2', {
      tensors: (tensors) =>
        tensors.map((tensor) =>
          tensor.name === 'h.0.mlp.c_fc.weight' ? floats(tensor.name, tensor.shape, (i) => i) : tensor,
        ),
    });
    const { path } = await convert(folder, { to: 'f32' });
    // 64 × 256 in the source: output 1 takes column 1.
    expect((await weightsOf(path, 'blk.0.ffn_up.weight')).slice(64, 67)).toEqual([1, 257, 513]);
    expect((await readGguf(path)).tensors.map(({ name }) => name)).not.toContainEqual(
      expect.stringMatching(/attn\.bias/),
    );
  });

  test('experts are stacked in their order, and the state matrix of Mamba is what its logarithm says', async () => {
    const folder = await smallFolder('mixtral', {
      tensors: (tensors) =>
        tensors.map((tensor) => {
          const expert = /experts\.(\d)\.w3/.exec(tensor.name)?.[1];
          return expert === undefined ? tensor : floats(tensor.name, tensor.shape, () => Number(expert));
        }),
    });
    const stack = await weightsOf((await convert(folder, { to: 'f32' })).path, 'blk.0.ffn_up_exps.weight');
    expect([0, 1, 2, 3].map((expert) => stack[expert * 96 * 64])).toEqual([0, 1, 2, 3]);
    const mamba = await smallFolder('mamba', {
      tensors: (tensors) =>
        tensors.map((tensor) =>
          tensor.name.endsWith('A_log') ? floats(tensor.name, tensor.shape, () => Math.log(3)) : tensor,
        ),
    });
    const state = await weightsOf((await convert(mamba, { to: 'f32' })).path, 'blk.0.ssm_a');
    expect(state[0]).toBeCloseTo(-3, 5);
  });
});

describe('what cannot be converted is one line with the next step', () => {
  const damage: ReadonlyArray<[why: string, change: (folder: string) => void, says: RegExp, remedy: RegExp]> = [
    ['no config', (folder) => unlinkSync(join(folder, 'config.json')), /has no config\.json/, /folder of the model/],
    [
      'no weights',
      (folder) => unlinkSync(join(folder, 'model.safetensors')),
      /neither model\.safetensors/,
      /save_pretrained/,
    ],
    [
      'cut short',
      (folder) => truncateSync(join(folder, 'model.safetensors'), 5000),
      /its head claims|ends at byte/,
      /fetch it again/,
    ],
    [
      'a head beyond the file',
      (folder) => writeFileSync(join(folder, 'model.safetensors'), Buffer.alloc(64, 0xff)),
      /head claims/,
      /./,
    ],
    [
      'a pointer',
      (folder) => writeFileSync(join(folder, 'model.safetensors'), 'version https://git-lfs.github.com/spec/v1\n'),
      /git lfs pull/,
      /./,
    ],
    ['overlapping tensors', (folder) => overlap(join(folder, 'model.safetensors')), /overlaps/, /fetch it again/],
    [
      'an unknown class',
      (folder) => edit(folder, { architectures: ['XForCausalLM'] }),
      /names XForCausalLM/,
      /--tool llama\.cpp/,
    ],
    [
      'a number missing',
      (folder) => edit(folder, { hidden_size: undefined, n_embd: undefined }),
      /does not say hidden_size/,
      /Fetch/,
    ],
    ['a layer missing', (folder) => edit(folder, { num_hidden_layers: 3 }), /lack layer 2 of 3/, /fetch the rest/],
    ['no tokenizer', (folder) => unlinkSync(join(folder, 'tokenizer.json')), /has no tokenizer/, /tokenizer\.json/],
    [
      'an unknown pre-tokenizer',
      (folder) => editTokenizer(folder, { type: 'Whitespace' }),
      /not known here: Whitespace/,
      /--pre NAME/,
    ],
    [
      'broken JSON',
      (folder) => writeFileSync(join(folder, 'config.json'), '{"a":'),
      /config\.json is no JSON object/,
      /fetch it again/,
    ],
    ['quantised weights', (folder) => retype(folder), /stored as I8, and F32, F16 and BF16 are read/, /not quantised/],
  ];
  test.each(damage)('%s', async (_, change, says, remedy) => {
    const folder = await smallFolder('qwen3');
    change(folder);
    const output = join(modelFolder(), 'made.gguf');
    await expect(convert(folder, { output })).rejects.toMatchObject({
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
    expect(existsSync(output)).toBe(false);
  });

  test('a pre-tokenizer that is not recognised may be named', async () => {
    const folder = await smallFolder('qwen3');
    editTokenizer(folder, { type: 'Whitespace' });
    const { path } = await convert(folder, { pre: 'qwen2' });
    expect(textArrayField((await readGguf(path)).metadata, 'tokenizer.ggml.tokens')).toHaveLength(512);
  });

  test('experts that are missing', async () => {
    const folder = await smallFolder('mixtral', {
      tensors: (tensors) => tensors.filter(({ name }) => !name.includes('layers.1.block_sparse_moe.experts.2.w1')),
    });
    await expect(convert(folder)).rejects.toThrow(/3 of 4 experts for blk\.1\.ffn_gate_exps\.weight/);
  });

  test('experts whose weights llama.cpp would treat otherwise', async () => {
    const folder = await smallFolder('qwen3', {
      config: { architectures: ['Qwen3MoeForCausalLM'], norm_topk_prob: false, num_experts: 4 },
    });
    await expect(convert(folder)).rejects.toThrow(/norm_topk_prob is false/);
  });
});

function edit(folder: string, changes: Record<string, unknown>): void {
  writeJson(folder, 'config.json', { ...JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')), ...changes });
}

function editTokenizer(folder: string, pre: unknown): void {
  const path = join(folder, 'tokenizer.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pre_tokenizer: pre }));
}

function overlap(path: string): void {
  const head = Buffer.from(
    JSON.stringify({
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  writeFileSync(path, Buffer.concat([length, head, Buffer.alloc(12)]));
}

function retype(folder: string): void {
  const shapes = smallFamilies.qwen3.shapes;
  writeSafetensors(
    join(folder, 'model.safetensors'),
    shapes.map(([name, shape]) => {
      const elements = shape.reduce((product, size) => product * size, 1);
      return { name, dtype: 'I8', shape, bytes: new Uint8Array(elements) };
    }),
  );
}

/**
 * Folders made by transformers, with what transformers and llama.cpp say of them: <name>/hf, tokens.json and reference.gguf
 * (convert_hf_to_gguf.py --outtype f32).
 */
const oracles = process.env.TOKENLAP_CONVERSION_ORACLES;
const withReference =
  oracles === undefined ? [] : readdirSync(oracles).filter((name) => existsSync(join(oracles, name, 'reference.gguf')));

const reason = 'conversions compared with those of llama.cpp: TOKENLAP_CONVERSION_ORACLES names no folder of them';
describe.skipIf(skipped(withReference.length === 0, reason))('as llama.cpp converts it', () => {
  // norm_topk_prob is false in this one: it is refused, see above.
  test.each(withReference.filter((name) => name !== 'qwen3moe'))('%s', async (name) => {
    const folder = join(oracles ?? '', name);
    const { path } = await convert(join(folder, 'hf'), { to: 'f32' });
    const [ours, theirs] = [await readGguf(path), await readGguf(join(folder, 'reference.gguf'))];
    const shapes = ({ tensors }: typeof ours) =>
      new Map(tensors.map(({ name: tensor, shape, type }) => [tensor, [type, ...shape]]));
    expect(shapes(ours)).toEqual(shapes(theirs));
    for (const { name: tensor } of theirs.tensors) {
      const [mine, reference] = [
        await weightsOf(path, tensor),
        await weightsOf(join(folder, 'reference.gguf'), tensor),
      ];
      const worst = Math.max(...mine.map((value, index) => Math.abs(value - (reference[index] ?? Number.NaN))));
      expect([tensor, worst]).toEqual([tensor, tensor === 'rope_freqs.weight' ? expect.closeTo(0, 5) : 0]);
    }
    const tokens = JSON.parse(readFileSync(join(folder, 'tokens.json'), 'utf8'));
    await using vocabulary = await llamacpp.loadVocabulary?.({ modelPath: path, span: (_name, work) => work() });
    for (const { text, ids } of tokens)
      expect([text, [...((await vocabulary?.tokenize(text)) ?? [])]]).toEqual([text, ids]);
    expect(numberField(ours.metadata, 'general.file_type')).toBe(0);
    expect(statSync(path).size).toBeGreaterThan(0);
  });
});
