import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decoderShape } from '../../../../scripts/frameworks/onnx/graph/decoder-shape.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import type { GgufField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { shapeOfGguf } from '../../../../scripts/models/gguf/shape.ts';
import { decodeText, encodeText } from '../../../../scripts/models/gguf/text.ts';
import { quantizeModel } from '../../../../scripts/preparation/quantize.ts';
import { changedModel } from '../changed-model.ts';
import { modelFolder, silent } from '../model-folder.ts';
import { ggufFile, text, u32, u64 } from './gguf-bytes.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

const list = (...value: number[]): GgufField => ({ type: 'array', of: 'int32', value });

/** The embedded model has 4 layers, 4 heads and 2 of keys and values, of 64 dimensions. */
test.each<[form: string, fields: Record<string, GgufField | undefined>]>([
  [
    '64 bits',
    { 'llama.block_count': { type: 'uint64', value: 4n }, 'llama.embedding_length': { type: 'int64', value: 256n } },
  ],
  [
    '8 and 16 bits',
    { 'llama.block_count': { type: 'uint8', value: 4 }, 'llama.attention.head_count': { type: 'int16', value: 4 } },
  ],
  ['doubles', { 'llama.rope.freq_base': { type: 'float64', value: 10_000 } }],
  [
    'lists with a number for each layer',
    {
      'llama.attention.head_count': list(4, 4, 4, 4),
      'llama.attention.head_count_kv': list(2, 2, 2, 2),
      'llama.feed_forward_length': list(256, 256, 256, 256),
    },
  ],
  [
    'keys left away',
    {
      'llama.vocab_size': undefined,
      'llama.attention.key_length': undefined,
      'llama.attention.value_length': undefined,
      'llama.rope.dimension_count': undefined,
    },
  ],
  ['a flag as a number', { 'tokenizer.ggml.add_bos_token': { type: 'uint8', value: 0 } }],
])('a model whose numbers are written as %s is the same model', async (_, fields) => {
  const [there, here] = [await readGguf(embedded), await readGguf(await changedModel(embedded, fields))];
  expect(ggufFacts(here)).toEqual(ggufFacts(there));
  expect(shapeOfGguf(here)).toEqual(shapeOfGguf(there));
  expect(decoderShape(here)).toEqual(decoderShape(there));
});

test('layers that differ are counted one by one, and are no shape with one number for all', async () => {
  const file = await readGguf(
    await changedModel(embedded, {
      'llama.attention.head_count': list(4, 2, 4, 2),
      'llama.attention.head_count_kv': list(2, 1, 0, 1),
    }),
  );
  // Keys and values of 64 dimensions each.
  expect(ggufFacts(file).kvElementsPerPosition).toBe(4 * 2 * 64);
  expect(shapeOfGguf(file)).toBeUndefined();
  expect(() => decoderShape(file)).toThrow(/no single number "llama\.attention\.head_count"/);
});

test('without a list of heads for keys and values they are the heads of each layer', async () => {
  const fields = { 'llama.attention.head_count': list(4, 2, 4, 2), 'llama.attention.head_count_kv': undefined };
  const file = await readGguf(await changedModel(embedded, fields));
  expect(ggufFacts(file).kvElementsPerPosition).toBe((4 + 2 + 4 + 2) * 2 * 64);
});

test.each([
  ['factor and type', { 'llama.rope.scaling.factor': 4, 'llama.rope.scaling.type': 'linear' }, 4],
  ['a factor alone, which is linear', { 'llama.rope.scaling.factor': 4 }, 4],
  ['the key of older files', { 'llama.rope.scale_linear': 4 }, 4],
  ['a factor that is switched off', { 'llama.rope.scaling.factor': 4, 'llama.rope.scaling.type': 'none' }, 1],
] as const)('positions are squeezed by %s', async (_, values, scale) => {
  const fields = Object.entries(values).map(([key, value]): [string, GgufField] => [
    key,
    typeof value === 'string' ? { type: 'string', value } : { type: 'float32', value },
  ]);
  const file = await readGguf(await changedModel(embedded, Object.fromEntries(fields)));
  expect(decoderShape(file).rotation?.scale).toBe(scale);
});

const noUtf8: ReadonlyArray<[what: string, bytes: number[]]> = [
  ['a lone continuation', [0x80]],
  ['the first half of a sign', [0xe2, 0x96]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate in three bytes', [0xed, 0xb2, 0x80]],
  ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ['letters around a byte', [0x61, 0xff, 0x62]],
];

test.each(noUtf8)('%s keeps its bytes as a text', (_, bytes) => {
  expect([...encodeText(decodeText(Buffer.from(bytes)))]).toEqual(bytes);
});

test('all texts of one to three bytes are different, and come back', () => {
  const seen = new Set<string>();
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const bytes = Buffer.of(first, second);
      const decoded = decodeText(bytes);
      seen.add(decoded);
      if (!encodeText(decoded).equals(bytes)) expect.fail(`${first} ${second}`);
    }
  }
  expect(seen.size).toBe(256 * 256);
  for (const kept of ['', 'Grüße', '🙂', '\u2581the', '\ufffd', '\ufeffBOM'])
    expect(decodeText(Buffer.from(kept))).toBe(kept);
});

test('tokens that are no UTF-8 keep their bytes when a model is quantised', async () => {
  const tokens = [...noUtf8.map(([, bytes]) => Buffer.from(bytes)), Buffer.from('ordinary')];
  const listed = tokens.map((token) => Buffer.concat([u64(token.length), token]));
  const field = Buffer.concat([text('tokenizer.ggml.tokens'), u32(9), u32(8), u64(tokens.length), ...listed]);
  const number = (key: string, value: number) => Buffer.concat([text(`llama.${key}`), u32(4), u32(value)]);
  const architecture = Buffer.concat([text('general.architecture'), u32(8), text('llama')]);
  const source = ggufFile({ fields: [architecture, number('block_count', 1), number('embedding_length', 32), field] });
  const made = await quantizeModel(
    {
      ...{ source, to: 'f16', output: join(modelFolder(), 'made.gguf'), folder: '', pure: undefined, tool: 'own' },
      ...{
        llamaQuantize: undefined,
        build: false,
        allowRequantize: false,
        imatrix: undefined,
        threads: 1,
        force: false,
      },
    },
    silent,
    new AbortController().signal,
  );
  expect(readFileSync(source).includes(field)).toBe(true);
  expect(readFileSync(made.path).includes(field)).toBe(true);
});
