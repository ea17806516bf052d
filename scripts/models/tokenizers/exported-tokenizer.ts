/**
 * The tokenizer of a GGUF file as transformers reads it: tokenizer.json, tokenizer_config.json and, of SentencePiece,
 * tokenizer.model. It gives the ids that llama.cpp gives; so it has no Unicode normalization, which llama.cpp does not do.
 */
import { usageError } from '../../command-line/errors.ts';
import { addsBosToken } from '../gguf/facts.ts';
import {
  flagField,
  type GgufMetadata,
  numberArrayField,
  numberField,
  textArrayField,
  textField,
} from '../gguf/format.ts';
import { preTokenizerSteps } from './byte-level.ts';
import { pairs, sentencePieceBytes } from './sentencepiece.ts';
import { type TokenRole, tokenRoles } from './special-tokens.ts';
import { spaceMark, tokenTypes } from './tokenizer-files.ts';

export interface ExportedTokenizer {
  /** tokenizer.json */
  json: Record<string, unknown>;
  /** tokenizer_config.json */
  config: Record<string, unknown>;
  /** tokenizer.model; undefined where the tokenizer is not one of SentencePiece. */
  model: Uint8Array | undefined;
  /** Ids by role: 'bos', 'eos', 'pad', ... */
  ids: Partial<Record<TokenRole, number>>;
  /** Ids that end an answer. */
  endIds: readonly number[];
}

interface Vocabulary {
  tokens: readonly string[];
  types: readonly number[];
  scores: readonly number[];
  metadata: GgufMetadata;
}

/** @throws UserError for tokenizers that cannot be expressed, and for impossible ones */
export function exportedTokenizer(metadata: GgufMetadata): ExportedTokenizer {
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens');
  if (tokens === undefined || tokens.length === 0) {
    throw usageError('the file has no vocabulary', 'Without one, transformers cannot read a text.');
  }
  const types = numberArrayField(metadata, 'tokenizer.ggml.token_type') ?? tokens.map(() => tokenTypes.normal);
  const scores = numberArrayField(metadata, 'tokenizer.ggml.scores') ?? tokens.map(() => 0);
  const vocabulary = { tokens, types, scores, metadata };
  const model = textField(metadata, 'tokenizer.ggml.model');
  switch (model) {
    case 'gpt2':
      return exported(vocabulary, byteLevel(vocabulary), undefined);
    case 'llama': {
      const addsSpacePrefix = hasSpacePrefix(metadata);
      const pieces = tokens.map((text, id) => ({ text, score: scores[id] ?? 0, type: types[id] ?? tokenTypes.normal }));
      return exported(
        vocabulary,
        sentencePiece(vocabulary),
        sentencePieceBytes({ pieces, kind: pairs, addsSpacePrefix }),
      );
    }
    default:
      throw usageError(
        `the file has a tokenizer of the kind "${model ?? '(none)'}"`,
        'Tokenizers of byte pairs (gpt2) and of SentencePiece (llama) are exported.',
      );
  }
}

function exported(
  vocabulary: Vocabulary,
  parts: Record<string, unknown>,
  model: Uint8Array | undefined,
): ExportedTokenizer {
  const { tokens, types, metadata } = vocabulary;
  const ids = roleIds(vocabulary);
  const bos = addsBosToken(metadata) ? ids.bos : undefined;
  const eos = flagField(metadata, 'tokenizer.ggml.add_eos_token') === true ? ids.eos : undefined;
  const template = textField(metadata, 'tokenizer.chat_template');
  const text = (id: number | undefined) => (id === undefined ? undefined : tokens[id]);
  return {
    json: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: tokens.flatMap((content, id) =>
        matchedTypes.has(types[id] ?? 0)
          ? [{ id, content, ...plainMatch, special: types[id] !== tokenTypes.userDefined }]
          : [],
      ),
      ...parts,
      post_processor: postProcessor(vocabulary, parts.post_processor, bos, eos),
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      add_bos_token: bos !== undefined,
      add_eos_token: eos !== undefined,
      ...(model === undefined ? {} : { add_prefix_space: hasSpacePrefix(metadata) }),
      ...Object.fromEntries(
        tokenRoles.flatMap(([role]) => (ids[role] === undefined ? [] : [[`${role}_token`, text(ids[role])]])),
      ),
      ...(template === undefined ? {} : { chat_template: template }),
    },
    model,
    ids,
    endIds: endIds(vocabulary, ids.eos),
  };
}

/** Tokens of these types are found in a text before it is split into words. */
const matchedTypes = new Set<number>([tokenTypes.control, tokenTypes.userDefined, tokenTypes.unknown]);
const plainMatch = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** Ids of SentencePiece where a file does not say them (llama.cpp, src/llama-vocab.cpp). */
const usualIds: Partial<Record<TokenRole, number>> = { unk: 0, bos: 1, eos: 2 };

function roleIds({ tokens, metadata }: Vocabulary): Partial<Record<TokenRole, number>> {
  const isSentencePiece = textField(metadata, 'tokenizer.ggml.model') === 'llama';
  return Object.fromEntries(
    tokenRoles.flatMap(([role, key]) => {
      const id = idOf(tokens, metadata, key) ?? (isSentencePiece ? usualIds[role] : undefined);
      return id === undefined ? [] : [[role, id]];
    }),
  );
}

/** @throws UserError when it is beyond the vocabulary */
function idOf(tokens: readonly string[], metadata: GgufMetadata, key: string): number | undefined {
  const id = numberField(metadata, `tokenizer.ggml.${key}_token_id`);
  // -1, also without a sign: there is none.
  if (id === undefined || id === -1 || id === 2 ** 32 - 1) return undefined;
  if (tokens[id] !== undefined) return id;
  throw usageError(
    `its tokenizer.ggml.${key}_token_id is ${id}, and the vocabulary has ${tokens.length} tokens`,
    'The file is damaged: fetch or make it again.',
  );
}

/** Ends of a turn and of a message end an answer like the end of a text. */
function endIds({ tokens, metadata }: Vocabulary, eos: number | undefined): number[] {
  const found = [eos, idOf(tokens, metadata, 'eot'), idOf(tokens, metadata, 'eom')];
  return [...new Set(found.filter((id) => id !== undefined))];
}

/** Ids without a token have no text that could be found. */
const padding = /^\[PAD\d+\]$/;

/** With added tokens: the ids of these are then those of the file, whatever holes there are. */
function vocabularyIds({ tokens, types }: Vocabulary): Record<string, number> {
  return Object.fromEntries(
    tokens.flatMap((token, id) => (types[id] === tokenTypes.unused && padding.test(token) ? [] : [[token, id]])),
  );
}

const pairModel = { type: 'BPE', dropout: null, continuing_subword_prefix: null, end_of_word_suffix: null };

function byteLevel(vocabulary: Vocabulary): Record<string, unknown> {
  const { metadata } = vocabulary;
  const { preTokenizer, ignoresMerges } = preTokenizerSteps(textField(metadata, 'tokenizer.ggml.pre'));
  const ids = vocabularyIds(vocabulary);
  const merges = textArrayField(metadata, 'tokenizer.ggml.merges') ?? [];
  for (const merge of merges) {
    const parts = merge.split(' ');
    if (parts.length === 2 && [...parts, parts.join('')].every((token) => Object.hasOwn(ids, token))) continue;
    throw usageError(
      `its merge ${JSON.stringify(merge)} is not a pair of tokens that make a token`,
      'The file is damaged, or its tokenizer is of another kind: it is not exported.',
    );
  }
  return {
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...pairModel,
      ...{ unk_token: null, fuse_unk: false, byte_fallback: false, ignore_merges: ignoresMerges },
      vocab: ids,
      merges,
    },
  };
}

/** llama.cpp puts a space before a text unless the file says otherwise. */
function hasSpacePrefix(metadata: GgufMetadata): boolean {
  return flagField(metadata, 'tokenizer.ggml.add_space_prefix') ?? true;
}

function sentencePiece(vocabulary: Vocabulary): Record<string, unknown> {
  const { tokens, metadata } = vocabulary;
  const hasPrefix = hasSpacePrefix(metadata);
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: spaceMark };
  const unknown = roleIds(vocabulary).unk;
  return {
    normalizer: hasPrefix
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: spaceMark }, spaces] }
      : spaces,
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: spaceMark }, content: ' ' },
        ...[{ type: 'ByteFallback' }, { type: 'Fuse' }],
        ...(hasPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      ...pairModel,
      ...{ unk_token: tokens[unknown ?? 0], fuse_unk: true, byte_fallback: true, ignore_merges: false },
      vocab: vocabularyIds(vocabulary),
      merges: mergesOf(vocabulary),
    },
  };
}

/**
 * SentencePiece joins the two neighbours that make the piece with the best score. As a list of merges: every way to make each
 * piece, best score first (transformers, convert_slow_tokenizer.py, generate_merges).
 */
function mergesOf({ tokens, types, scores }: Vocabulary): string[] {
  const joined = new Set<number>([tokenTypes.normal, tokenTypes.userDefined]);
  const ids = new Map(tokens.flatMap((token, id) => (joined.has(types[id] ?? 0) ? [[token, id] as const] : [])));
  const best = [...ids].sort(([, a], [, b]) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  return best.flatMap(([token]) => {
    const letters = [...token];
    return letters.slice(1).flatMap((_, index) => {
      const parts = [letters.slice(0, index + 1).join(''), letters.slice(index + 1).join('')];
      // A space between the two is how merges are written.
      return parts.every((part) => ids.has(part) && !part.includes(' ')) ? [parts.join(' ')] : [];
    });
  });
}

function postProcessor(
  { tokens }: Vocabulary,
  usual: unknown,
  bos: number | undefined,
  eos: number | undefined,
): unknown {
  const added = [bos, eos].flatMap((id) => (id === undefined ? [] : [{ id, token: tokens[id] ?? '' }]));
  if (added.length === 0) return usual;
  const special = (id: number | undefined, type_id: number) =>
    id === undefined ? [] : [{ SpecialToken: { id: tokens[id], type_id } }];
  const text = (id: 'A' | 'B', type_id: number) => [
    ...special(bos, type_id),
    { Sequence: { id, type_id } },
    ...special(eos, type_id),
  ];
  const template = {
    type: 'TemplateProcessing',
    single: text('A', 0),
    pair: [...text('A', 0), ...text('B', 1)],
    special_tokens: Object.fromEntries(
      added.map(({ id, token }) => [token, { id: token, ids: [id], tokens: [token] }]),
    ),
  };
  return usual === null ? template : { type: 'Sequence', processors: [usual, template] };
}
