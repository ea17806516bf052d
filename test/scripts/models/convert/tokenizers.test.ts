import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ropeParameters } from '../../../../scripts/models/convert/decoder.ts';
import { ModelConfig } from '../../../../scripts/models/convert/model-config.ts';
import { openSourceFolder } from '../../../../scripts/models/convert/source-folder.ts';
import { bytesField, floatField, integerField, message, textField } from '../../../../scripts/models/protobuf.ts';
import { type TokenizerKind, tokenizerFields } from '../../../../scripts/models/tokenizers/tokenizer.ts';
import { smallFolder } from './small-families.ts';
import { writeJson } from './source-folders.ts';

const config = (values: Record<string, unknown> = {}) => new ModelConfig(values, 'config.json');

/** Keys of the tokenizer of a folder, without their common beginning. */
function fieldsOf(folder: string, kind: TokenizerKind, size: number, values: Record<string, unknown> = {}) {
  const request = { kinds: [kind], size, pre: undefined, additions: () => [] };
  const fields = tokenizerFields(openSourceFolder(folder), config(values), request);
  return Object.fromEntries(fields.map(([key, { value }]) => [key.replace('tokenizer.ggml.', ''), value]));
}

async function folderWithout(...files: string[]): Promise<string> {
  const folder = await smallFolder('qwen3');
  for (const file of files) unlinkSync(join(folder, file));
  return folder;
}

const piece = (text: string, score: number, type?: number) =>
  bytesField(
    1,
    message(textField(1, text), floatField(2, score), ...(type === undefined ? [] : [integerField(3, type)])),
  );

/** Field numbers of sentencepiece_model.proto: pieces 1, trainer_spec 2 with model_type 3, normalizer_spec 3 with add_dummy_prefix 3. */
const sentencePiece = (kind: number, prefix: boolean) =>
  message(
    ...[piece('<unk>', 0, 2), piece('<s>', 0, 3), piece('</s>', 0, 3), piece('<0x0A>', 0, 6)],
    ...[piece('▁a', -1), piece('b', -2), piece('▁<tool>', 0, 4)],
    bytesField(2, message(integerField(3, kind))),
    bytesField(3, message(integerField(3, prefix ? 1 : 0))),
  );

describe('tokenizer.model', () => {
  test('gives pieces, scores and types; added tokens win, and ids without a piece are filled up', async () => {
    const folder = await folderWithout('tokenizer.json', 'tokenizer_config.json');
    writeFileSync(join(folder, 'tokenizer.model'), sentencePiece(2, false));
    writeJson(folder, 'tokenizer_config.json', {
      ...{ bos_token: '<s>', eos_token: { content: '</s>' }, add_bos_token: true },
      added_tokens_decoder: { 5: { content: '▁x', special: false }, 7: { content: '<|end|>', special: false } },
    });
    expect(fieldsOf(folder, 'sentencepiece', 9)).toEqual({
      ...{ model: 'llama', pre: 'default', add_space_prefix: false, add_bos_token: true },
      tokens: ['<unk>', '<s>', '</s>', '<0x0A>', '▁a', ' x', ' <tool>', '<|end|>', '[PAD8]'],
      token_type: [2, 3, 3, 6, 1, 4, 4, 3, 5],
      scores: [0, 0, 0, 0, -1, -1000, 0, -1000, -10000],
      ...{ bos_token_id: 1, eos_token_id: 2 },
    });
  });

  test('of unigrams is refused, and so is one that is cut short', async () => {
    const folder = await folderWithout('tokenizer.json');
    writeFileSync(join(folder, 'tokenizer.model'), sentencePiece(1, true));
    expect(() => fieldsOf(folder, 'sentencepiece', 9)).toThrow(/unigram model/);
    writeFileSync(join(folder, 'tokenizer.model'), sentencePiece(2, true).subarray(0, 20));
    expect(() => fieldsOf(folder, 'sentencepiece', 9)).toThrow(/is no SentencePiece model/);
  });
});

test('tokenizer.json with byte fallback has scores by the order of merges', async () => {
  const folder = await folderWithout('tokenizer.json', 'tokenizer_config.json');
  writeJson(folder, 'tokenizer.json', {
    model: {
      ...{ type: 'BPE', byte_fallback: true, merges: ['▁ a', ['▁a', 'b']] },
      vocab: { '<unk>': 0, '<s>': 1, '<0x00>': 2, '▁': 3, a: 4, b: 5, '▁a': 6, '▁ab': 7 },
    },
    added_tokens: [{ id: 1, content: '<s>', special: true }],
  });
  expect(fieldsOf(folder, 'byte-fallback', 8, { bos_token_id: 1 })).toMatchObject({
    ...{ model: 'llama', bos_token_id: 1, token_type: [2, 3, 6, 1, 1, 1, 1, 1] },
    scores: [0, -1000, 0, -2, -2, -2, -0, -1],
  });
});

test('vocab.json with merges.txt is read where the class says how words are split', async () => {
  const folder = await folderWithout('tokenizer.json', 'tokenizer_config.json');
  writeJson(folder, 'vocab.json', { a: 0, b: 1, ab: 2, '<|endoftext|>': 3 });
  writeFileSync(join(folder, 'merges.txt'), '#version: 0.2\na b\n\n');
  expect(() => fieldsOf(folder, 'byte-level', 4)).toThrow(/\(none\) without a tokenizer\.json/);
  writeJson(folder, 'tokenizer_config.json', { tokenizer_class: 'GPT2Tokenizer', eos_token: '<|endoftext|>' });
  expect(fieldsOf(folder, 'byte-level', 4)).toMatchObject({
    ...{ model: 'gpt2', pre: 'gpt-2', tokens: ['a', 'b', 'ab', '<|endoftext|>'], merges: ['a b'], eos_token_id: 3 },
  });
});

test('WordPiece marks words instead of their continuations, and knows letters that are made small', async () => {
  const folder = await folderWithout('tokenizer.json', 'tokenizer_config.json');
  writeFileSync(join(folder, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##s\n');
  writeJson(folder, 'tokenizer_config.json', { cls_token: '[CLS]', sep_token: '[SEP]' });
  const plain = { tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '▁the', 's'], token_type: [3, 3, 3, 3, 1, 1] };
  expect(fieldsOf(folder, 'wordpiece', 6)).toMatchObject({ model: 'bert', ...plain, bos_token_id: 2, eos_token_id: 3 });
  writeJson(folder, 'tokenizer.json', {
    model: { type: 'WordPiece', vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, the: 4, '##s': 5 } },
    normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: null },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[CLS]' } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: '[SEP]' } }],
    },
  });
  expect(fieldsOf(folder, 'wordpiece', 6)).toMatchObject({
    ...{ ...plain, 'normalizer.lowercase': true, add_bos_token: true, add_eos_token: true, seperator_token_id: 3 },
  });
});

test.each([
  ['before transformers 5', { rope_theta: 5e5, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
  ['with the older word', { rope_theta: 5e5, rope_scaling: { type: 'llama3', factor: 8 } }],
  ['since', { rope_parameters: { rope_type: 'llama3', rope_theta: 5e5, factor: 8 } }],
  ['by kinds of layers', { rope_parameters: { full_attention: { rope_type: 'llama3', rope_theta: 5e5, factor: 8 } } }],
])('rotation stands in config.json %s', (_, values) => {
  const { base, type, values: scaling } = ropeParameters(config(values));
  expect([base, type, scaling.number('factor')]).toEqual([5e5, 'llama3', 8]);
});
