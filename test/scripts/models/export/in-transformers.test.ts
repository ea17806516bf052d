/** Exported folders in transformers itself, where a Python has it: the ids of llama.cpp and the logits of our PyTorch. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { textArrayField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { largestDifference } from '../../frameworks/onnx/engines.ts';
import { changedModel } from '../changed-model.ts';
import { smallFolder } from '../convert/small-families.ts';
import { converted, exported, sentencePieceFolder } from './exported.ts';
import { hasTransformers, inOurs, inTransformers, texts } from './transformers.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));
const tokens = Array.from({ length: 48 }, (_, i) => (i * i * 31 + 7) % 500);

const syllables = 'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve'.split(
  ' ',
);

/** The bytes, single letters, pairs of letters and some words with a space before them. */
async function sentencePieceLlama(addsSpacePrefix: boolean): Promise<string> {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const letters = [
    ...'\u2581etaoinsrhldcumfpgwybvkxjqzTLWGKIü日',
    '\u2581t',
    '\u2581a',
    '\u2581th',
    '\u2581the',
    '\u2581lin',
    '\u2581line',
  ];
  const pieces = [
    ...['<unk>', '<|im_start|>', '<|im_end|>'].map((text, id) => ({ text, type: id === 0 ? 2 : 3, score: 0 })),
    ...bytes.map((text) => ({ text, type: 6, score: 0 })),
    ...[...syllables, 'ing', 'lin', 'line', ...letters].map((text, id) => ({ text, type: 1, score: -id })),
    { text: '  ', type: 4, score: 0 },
  ];
  return converted(await sentencePieceFolder(pieces, addsSpacePrefix));
}

const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32 };
const llama3 = {
  ...{ rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4 },
  original_max_position_embeddings: 8192,
};

describe.skipIf(!hasTransformers)('transformers loads', { timeout: 180_000 }, () => {
  // llama.cpp computes what our PyTorch does not.
  const models: Array<{ kind: string; file: () => Promise<string>; roundTrip?: true; computing?: Framework }> = [
    { kind: 'the embedded model', file: async () => embedded, roundTrip: true },
    {
      kind: 'one that begins with a token',
      file: () =>
        changedModel(embedded, {
          'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
          'tokenizer.ggml.pre': { type: 'string', value: 'llama-bpe' },
        }),
    },
    {
      kind: 'one that splits digits',
      file: () => changedModel(embedded, { 'tokenizer.ggml.pre': { type: 'string', value: 'smollm' } }),
    },
    { kind: 'llama, untied', file: async () => converted(await smallFolder('mistral')) },
    {
      kind: "llama with Llama 3's scaling",
      file: async () =>
        converted(await smallFolder('llama', { config: { rope_theta: 500_000, rope_scaling: llama3 } }), 'q8_0'),
    },
    {
      kind: 'llama with a linear scaling',
      file: async () =>
        converted(await smallFolder('llama', { config: { rope_scaling: { type: 'linear', factor: 2 } } })),
    },
    { kind: 'qwen2', file: async () => converted(await smallFolder('qwen2')) },
    {
      kind: 'qwen2 with yarn',
      computing: llamacpp,
      file: async () => converted(await smallFolder('qwen2', { config: { rope_scaling: yarn } })),
    },
    { kind: 'qwen3', computing: llamacpp, file: async () => converted(await smallFolder('qwen3')) },
    { kind: 'gpt2', file: async () => converted(await smallFolder('gpt2')) },
    { kind: 'SentencePiece with a space before a text', file: () => sentencePieceLlama(true) },
    { kind: 'SentencePiece without one', file: () => sentencePieceLlama(false), roundTrip: true },
  ];

  // All in one test: importing transformers takes longer than loading twelve small models.
  test('every kind with the ids of llama.cpp and the logits of ours', async () => {
    const paths = await Promise.all(models.map(({ file }) => file()));
    const answers = await inTransformers(await Promise.all(paths.map((path) => exported(path))), tokens);
    expect(answers).toHaveLength(models.length);
    for (const [i, theirs] of answers.entries()) {
      const { kind = '', computing = pytorch, roundTrip } = models[i] ?? {};
      await expectSame({ kind, path: paths[i] ?? '', theirs, computing, roundTrip });
    }
  });
});

interface Compared {
  kind: string;
  path: string;
  theirs: Awaited<ReturnType<typeof inTransformers>>[number];
  computing: Framework;
  roundTrip: true | undefined;
}

async function expectSame({ kind, path, theirs, computing, roundTrip }: Compared) {
  const ours = await inOurs(path, computing, tokens);
  expect(theirs.unmatched, kind).toEqual([]);
  expect(theirs.dtype, kind).toBe('torch.float32');
  expect(theirs.ids, kind).toEqual(ours.ids);
  if (roundTrip) expect(theirs.decoded, kind).toEqual(texts);
  const rows = theirs.logits.map((row) => Float32Array.from(row));
  const spread = Math.max(...(rows[0] ?? []).map(Math.abs));
  expect(largestDifference(rows, ours.logits) / spread, kind).toBeLessThan(1e-5);
  const { bosToken, addBosToken, chatTemplate } = ggufFacts(await readGguf(path));
  const vocabulary = textArrayField((await readGguf(path)).metadata, 'tokenizer.ggml.tokens') ?? [];
  const [last] = ours.ids.at(-1) ?? [];
  expect(theirs.wrapped, kind).toEqual([...(addBosToken ? [vocabulary.indexOf(bosToken ?? '')] : []), last]);
  if (chatTemplate !== null) expect(theirs.chat, kind).toContain('What is 2 + 2?');
}
