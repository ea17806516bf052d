/**
 * Vocabularies of SentencePiece: tokenizer.model, or the same as transformers saves it in tokenizer.json. tokenizer.model is a
 * message of Protocol Buffers (google/sentencepiece, sentencepiece_model.proto), of which a vocabulary needs only a part.
 */

import { type UserError, usageError } from '../../command-line/errors.ts';
import { decodeText } from '../gguf/scalars.ts';
import { bytesField, fields, floatField, integerField, message, textField } from '../protobuf.ts';
import {
  filledVocabulary,
  spaceMark,
  type TokenizerFiles,
  tokenTypes,
  type VocabularyToken,
  vocabularyIds,
} from './tokenizer-files.ts';

interface SentencePiece {
  text: string;
  score: number;
  /** Numbered as in sentencepiece_model.proto and llama.cpp: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. */
  type: number;
}

export interface SentencePieceModel {
  pieces: SentencePiece[];
  /** 1 unigram, 2 pairs, 3 words, 4 characters. */
  kind: number;
  /** A space is put before a text. */
  addsSpacePrefix: boolean;
}

const fieldNumbers = { pieces: 1, trainer: 2, normalizer: 3, text: 1, score: 2, type: 3, kind: 3, addsPrefix: 3 };

/** @throws UserError when the bytes are not such a message */
export function parseSentencePiece(bytes: Uint8Array, path: string): SentencePieceModel {
  const model: SentencePieceModel = { pieces: [], kind: 1, addsSpacePrefix: true };
  try {
    for (const { number, value } of fields(Buffer.from(bytes))) {
      if (number === fieldNumbers.pieces && value instanceof Uint8Array) model.pieces.push(pieceOf(value));
      if (number === fieldNumbers.trainer && value instanceof Uint8Array) {
        model.kind = integerIn(value, fieldNumbers.kind) ?? model.kind;
      }
      if (number === fieldNumbers.normalizer && value instanceof Uint8Array) {
        model.addsSpacePrefix = (integerIn(value, fieldNumbers.addsPrefix) ?? 1) !== 0;
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unreadable(path);
  }
  if (model.pieces.length === 0) throw unreadable(path);
  return model;
}

/** The opposite of `parseSentencePiece`. */
export function sentencePieceBytes({ pieces, kind, addsSpacePrefix }: SentencePieceModel): Uint8Array {
  return message(
    ...pieces.map(({ text, score, type }) =>
      bytesField(
        fieldNumbers.pieces,
        message(
          textField(fieldNumbers.text, text),
          floatField(fieldNumbers.score, score),
          integerField(fieldNumbers.type, type),
        ),
      ),
    ),
    bytesField(fieldNumbers.trainer, message(integerField(fieldNumbers.kind, kind))),
    bytesField(fieldNumbers.normalizer, message(integerField(fieldNumbers.addsPrefix, addsSpacePrefix ? 1 : 0))),
  );
}

function unreadable(path: string): UserError {
  return usageError(
    `${path} is no SentencePiece model`,
    'It is cut short or damaged (or a Git LFS pointer): fetch it again.',
  );
}

function pieceOf(bytes: Uint8Array): SentencePiece {
  const piece: SentencePiece = { text: '', score: 0, type: 1 };
  for (const { number, value } of fields(Buffer.from(bytes))) {
    if (number === fieldNumbers.text && value instanceof Uint8Array) piece.text = decodeText(Buffer.from(value));
    if (number === fieldNumbers.score && value instanceof Uint8Array) piece.score = Buffer.from(value).readFloatLE();
    if (number === fieldNumbers.type && typeof value === 'number') piece.type = value;
  }
  return piece;
}

function integerIn(bytes: Uint8Array, wanted: number): number | undefined {
  for (const { number, value } of fields(Buffer.from(bytes))) {
    if (number === wanted && typeof value === 'number') return value;
  }
  return undefined;
}

/** llama.cpp joins the pair with the best score; what a text may not make by itself has these. */
const scores = { padding: -10_000, added: -1000 };
export const pairs = 2;

/** @throws UserError for models of single words or unigrams, whose pieces are chosen in another way */
export function sentencePieceTokens(model: SentencePieceModel, files: TokenizerFiles, size: number): VocabularyToken[] {
  if (model.kind !== pairs) {
    throw usageError(
      'tokenizer.model is a unigram model, and this family is read with pairs only',
      'Try --tool llama.cpp.',
    );
  }
  const tokens = model.pieces.map(({ text, score, type }, id) => {
    const plain = type === tokenTypes.userDefined ? text.replaceAll(spaceMark, ' ') : text;
    return [id, { text: plain, type, score }] as const;
  });
  return filledVocabulary(size, tokens, files, scores);
}

const byteToken = /^<0x[0-9A-Fa-f]{2}>$/;

/** Undefined where tokenizer.json holds something else. */
export function byteFallbackIds({ json }: TokenizerFiles): Record<string, number> | undefined {
  if (json?.model.byte_fallback !== true || json.model.type !== 'BPE') return undefined;
  return vocabularyIds(json.model.vocab);
}

/**
 * tokenizer.json has no scores, but merges in the order of the scores of what they make: the place of the first merge that
 * makes a token, negated, is as good.
 */
export function byteFallbackTokens(
  ids: Readonly<Record<string, number>>,
  files: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  const places = new Map<string, number>();
  files.json?.model.merges?.forEach((merge, place) => {
    const made = (typeof merge === 'string' ? merge.split(' ') : merge).join('');
    if (!places.has(made)) places.set(made, place);
  });
  const tokens = Object.entries(ids).map(([text, id]) => {
    const type = byteToken.test(text) ? tokenTypes.byte : text === '<unk>' ? tokenTypes.unknown : tokenTypes.normal;
    return [id, { text, type, score: type === tokenTypes.normal ? -(places.get(text) ?? places.size) : 0 }] as const;
  });
  return filledVocabulary(size, tokens, files, scores);
}
