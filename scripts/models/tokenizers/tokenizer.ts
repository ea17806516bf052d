/** The tokenizer of a folder as keys of a GGUF file. */
import { missingError } from '../../command-line/errors.ts';
import type { ModelConfig } from '../convert/model-config.ts';
import type { SourceFolder } from '../convert/source-folder.ts';
import { flag, type GgufField, type GgufFields, optional, text } from '../gguf/format.ts';
import { byteLevelIds, byteLevelTokens, merges, preTokenizer } from './byte-level.ts';
import { byteFallbackIds, byteFallbackTokens, parseSentencePiece, sentencePieceTokens } from './sentencepiece.ts';
import { specialTokenFields } from './special-tokens.ts';
import { readTokenizerFiles, type TokenizerFiles, type VocabularyToken } from './tokenizer-files.ts';
import { normalization, wordPieceIds, wordPieceTokens } from './wordpiece.ts';

/** The file format of a vocabulary, and how llama.cpp treats it. */
export type TokenizerKind = 'sentencepiece' | 'byte-fallback' | 'byte-level' | 'wordpiece';

export interface TokenizerRequest {
  /** Kinds that the architecture uses, first choice first. */
  kinds: readonly TokenizerKind[];
  /** Rows of the embedding: the vocabulary is filled up to it. */
  size: number;
  /** llama.cpp's name of a pre-tokenizer, instead of what is found. */
  pre: string | undefined;
  /** Keys that the architecture adds. */
  additions: (kind: TokenizerKind) => GgufFields;
}

/** @throws UserError when the folder has no tokenizer of these kinds */
export function tokenizerFields(
  folder: SourceFolder,
  config: ModelConfig,
  request: TokenizerRequest,
): Array<[key: string, field: GgufField]> {
  const files = readTokenizerFiles(folder);
  for (const kind of request.kinds) {
    const found = vocabularyOf(kind, folder, files, request);
    if (found === undefined) continue;
    const ids = new Map(found.tokens.map((token, id) => [token.text, id]));
    const special = specialTokenFields(folder, config, files, (token) => ids.get(token));
    const fields = [...found.fields, ...tokenFields(found.tokens, kind), ...special, ...request.additions(kind)];
    return [...new Map(fields.map(([key, field]) => [keyOf(key), field]))];
  }
  throw missingError(
    `${folder.path} has no tokenizer that this family uses (${request.kinds.join(', ')})`,
    'tokenizer.json or tokenizer.model is needed: fetch it too, with tokenizer_config.json.',
  );
}

/** A key that begins with a slash is outside `tokenizer.ggml`. */
function keyOf(key: string): string {
  return key.startsWith('/') ? key.slice(1) : `tokenizer.ggml.${key}`;
}

interface FoundVocabulary {
  tokens: VocabularyToken[];
  fields: GgufFields;
}

function vocabularyOf(
  kind: TokenizerKind,
  folder: SourceFolder,
  files: TokenizerFiles,
  { size, pre }: TokenizerRequest,
): FoundVocabulary | undefined {
  switch (kind) {
    case 'sentencepiece': {
      const bytes = folder.bytes('tokenizer.model');
      if (bytes === undefined) return undefined;
      const model = parseSentencePiece(bytes, `${folder.path}/tokenizer.model`);
      const fields = [...named('llama', pre ?? 'default'), ...spacePrefix(files, model.addsSpacePrefix)];
      return { tokens: sentencePieceTokens(model, files, size), fields };
    }
    case 'byte-fallback': {
      const ids = byteFallbackIds(files);
      if (ids === undefined) return undefined;
      const fields = [...named('llama', pre ?? 'default'), ...spacePrefix(files, true)];
      return { tokens: byteFallbackTokens(ids, files, size), fields };
    }
    case 'byte-level': {
      const ids = byteLevelIds(folder, files);
      if (ids === undefined) return undefined;
      const merged = merges(folder, files);
      const fields: GgufFields = [
        ...named('gpt2', pre ?? preTokenizer(files)),
        ['merges', { type: 'array', of: 'string', value: merged }],
      ];
      return { tokens: byteLevelTokens(ids, files, size), fields };
    }
    case 'wordpiece': {
      const ids = wordPieceIds(folder, files);
      if (ids === undefined) return undefined;
      const { lowercase, stripAccents } = normalization(files);
      const fields: GgufFields = [
        ...named('bert', pre ?? 'default'),
        ...optional('normalizer.lowercase', flag, lowercase),
        ...optional('normalizer.strip_accents', flag, stripAccents),
      ];
      return { tokens: wordPieceTokens(ids, files, size), fields };
    }
    default:
      return kind satisfies never;
  }
}

function named(model: string, pre: string): GgufFields {
  return [
    ['model', text(model)],
    ['pre', text(pre)],
  ];
}

/** llama.cpp puts a space before a text unless the file says otherwise. */
function spacePrefix({ config }: TokenizerFiles, trained: boolean): GgufFields {
  return optional('add_space_prefix', flag, config.add_prefix_space ?? (trained ? undefined : false));
}

function tokenFields(tokens: readonly VocabularyToken[], kind: TokenizerKind): GgufFields {
  const scored = kind === 'sentencepiece' || kind === 'byte-fallback';
  const scores = (value: number[]): GgufField => ({ type: 'array', of: 'float32', value });
  return [
    ['tokens', { type: 'array', of: 'string', value: tokens.map((token) => token.text) }],
    ...optional('scores', scores, scored ? tokens.map(({ score }) => score) : undefined),
    ['token_type', { type: 'array', of: 'int32', value: tokens.map(({ type }) => type) }],
  ];
}
