/** The tokenizer of a synthetic file, as metadata: byte pairs for what writes text, word pieces for encoders. */

import type { ModelShape } from '../architectures/model-shape.ts';
import { integer, text } from '../architectures/shape-metadata.ts';
import type { GgufField } from '../gguf/format.ts';
import { endOfText, syntheticChatTemplate, syntheticVocabulary, turnEnd } from './vocabulary.ts';
import { syntheticWordPieces } from './word-pieces.ts';

type Fields = Array<[key: string, field: GgufField]>;

export function tokenizerMetadata({ vocabulary, encoder }: ModelShape): Fields {
  return encoder === undefined ? bytePairs(vocabulary) : wordPieces(vocabulary, encoder.tokenTypes);
}

function vocabularyFields(
  model: string,
  pre: string,
  { tokens, types }: { tokens: string[]; types: number[] },
): Fields {
  return [
    ['tokenizer.ggml.model', text(model)],
    ['tokenizer.ggml.pre', text(pre)],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', value: types }],
  ];
}

function bytePairs(size: number): Fields {
  const vocabulary = syntheticVocabulary(size);
  const { idOf } = vocabulary;
  return [
    // A pre-tokeniser that every engine knows; without merges it decides nothing.
    ...vocabularyFields('gpt2', 'qwen2', vocabulary),
    // Must exist even when empty: llama.cpp refuses a file without it.
    ['tokenizer.ggml.merges', { type: 'array', of: 'string', value: [] }],
    ['tokenizer.ggml.bos_token_id', integer(idOf(endOfText))],
    ['tokenizer.ggml.eos_token_id', integer(idOf(turnEnd))],
    ['tokenizer.ggml.padding_token_id', integer(idOf(endOfText))],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', text(syntheticChatTemplate)],
  ];
}

function wordPieces(size: number, tokenTypes: number): Fields {
  const vocabulary = syntheticWordPieces(size);
  const { idOf } = vocabulary;
  return [
    ['tokenizer.ggml.token_type_count', integer(tokenTypes)],
    ...vocabularyFields('bert', 'default', vocabulary),
    ['tokenizer.ggml.bos_token_id', integer(idOf('[CLS]'))],
    ['tokenizer.ggml.eos_token_id', integer(idOf('[SEP]'))],
    ['tokenizer.ggml.padding_token_id', integer(idOf('[PAD]'))],
    ['tokenizer.ggml.unknown_token_id', integer(idOf('[UNK]'))],
    // Spelled so in llama.cpp, src/llama-arch.cpp.
    ['tokenizer.ggml.seperator_token_id', integer(idOf('[SEP]'))],
    ['tokenizer.ggml.mask_token_id', integer(idOf('[MASK]'))],
  ];
}
