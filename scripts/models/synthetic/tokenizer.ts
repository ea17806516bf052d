/** The tokenizer of a synthetic file, as metadata: byte pairs for what writes text, word pieces for encoders. */

import type { ModelShape } from '../architectures/model-shape.ts';
import { flag, type GgufFields, integer, text } from '../gguf/format.ts';
import { spaceMark, tokenTypes } from '../tokenizers/tokenizer-files.ts';

export function tokenizerMetadata({ vocabulary, encoder }: ModelShape): GgufFields {
  return encoder === undefined ? bytePairs(vocabulary) : wordPieces(vocabulary, encoder.tokenTypes);
}

function vocabularyFields(
  model: string,
  pre: string,
  { tokens, types }: { tokens: string[]; types: number[] },
): GgufFields {
  return [
    ['tokenizer.ggml.model', text(model)],
    ['tokenizer.ggml.pre', text(pre)],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', value: types }],
  ];
}

function bytePairs(size: number): GgufFields {
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
    ['tokenizer.ggml.add_bos_token', flag(false)],
    ['tokenizer.chat_template', text(syntheticChatTemplate)],
  ];
}

function wordPieces(size: number, kindsOfText: number): GgufFields {
  const vocabulary = syntheticWordPieces(size);
  const { idOf } = vocabulary;
  return [
    ['tokenizer.ggml.token_type_count', integer(kindsOfText)],
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

const endOfText = '<|endoftext|>';
const turnStart = '<|im_start|>';
const turnEnd = '<|im_end|>';
/** The last three have no use here, but llama.cpp looks them up, without a check, in every Phi-3. */
const controlTokens = [endOfText, turnStart, turnEnd, '<unk>', '<s>', '</s>'];

/** ChatML. */
const syntheticChatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const byteCount = 256;

interface SyntheticVocabulary {
  tokens: string[];
  /** llama.cpp's token types: 1 is normal, 3 is control. */
  types: number[];
  idOf: (controlToken: string) => number;
}

/**
 * A vocabulary of any size that every engine accepts: the 256 bytes, unique fillers, and a few control tokens. There are
 * no merges, so each byte of a prompt is one token; generated text is mostly fillers and is noise.
 * @param size at least 262
 */
function syntheticVocabulary(size: number): SyntheticVocabulary {
  const fillers = size - byteCount - controlTokens.length;
  if (fillers < 0) throw new RangeError(`a vocabulary of ${size} has no room for the bytes and control tokens`);
  const fillerTokens = Array.from({ length: fillers }, (_, i) => `${spaceSymbol}t${i}`);
  const tokens = [...byteSymbols(), ...fillerTokens, ...controlTokens];
  const types = tokens.map((_, id) => (id < size - controlTokens.length ? tokenTypes.normal : tokenTypes.control));
  return { tokens, types, idOf: (token) => tokens.lastIndexOf(token) };
}

/** How byte-level tokenizers write a space. */
const spaceSymbol = 'Ġ';

/** GPT-2's printable stand-in for each byte (openai/gpt-2, src/encoder.py, bytes_to_unicode). */
function byteSymbols(): string[] {
  let spare = byteCount;
  return Array.from({ length: byteCount }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(printable ? byte : spare++);
  });
}

/** At the ids that they have in BERT, which llama.cpp takes for granted. */
const bertTokens = new Map([
  [0, '[PAD]'],
  [100, '[UNK]'],
  [101, '[CLS]'],
  [102, '[SEP]'],
  [103, '[MASK]'],
]);
const firstOrdinary = 104;

/**
 * A vocabulary of any size for encoders, of BERT's kind (WordPiece): every printable ASCII character at the beginning of a
 * word and within one, and unique fillers. So each character of a text is one token.
 * @param size at least 240
 */
export function syntheticWordPieces(size: number): SyntheticVocabulary {
  const pieces = characters().flatMap((character) => [`${spaceMark}${character}`, character]);
  const fillers = size - firstOrdinary - pieces.length;
  if (fillers < 0) throw new RangeError(`a vocabulary of ${size} has no room for the characters and control tokens`);
  const reserved = Array.from({ length: firstOrdinary }, (_, id) => bertTokens.get(id) ?? `[unused${id}]`);
  const tokens = [...reserved, ...pieces, ...Array.from({ length: fillers }, (_, i) => `${spaceMark}~t${i}`)];
  const types = tokens.map((_, id) => {
    if (id >= firstOrdinary) return tokenTypes.normal;
    return bertTokens.has(id) ? tokenTypes.control : tokenTypes.unused;
  });
  return { tokens, types, idOf: (token) => tokens.indexOf(token) };
}

/** From ! to ~ without capitals: texts are set in small letters before they are looked up. */
function characters(): string[] {
  const all = Array.from({ length: 126 - 33 + 1 }, (_, i) => String.fromCharCode(33 + i));
  return all.filter((character) => character === character.toLowerCase());
}
