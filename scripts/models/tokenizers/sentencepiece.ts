/** Vocabularies of SentencePiece: tokenizer.model, or the same as transformers saves it in tokenizer.json. */
import { z } from 'zod';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { SentencePieceModel } from './sentencepiece-model.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';
import { addedToken, padding, spaceMark, tokenTypes, type VocabularyToken } from './vocabulary.ts';

/** llama.cpp joins the pair with the best score; what a text may not make by itself has these. */
const paddingScore = -10_000;
const addedScore = -1000;
const pairs = 2;

/** @throws UserError for models of single words or unigrams, whose pieces are chosen in another way */
export function sentencePieceTokens(
  model: SentencePieceModel,
  { added }: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  if (model.kind !== pairs) {
    throw new UserError('tokenizer.model is a unigram model, and this family is read with pairs only', {
      exitCode: exitCodes.usage,
      remedy: 'Try --tool llama.cpp.',
    });
  }
  const tokens = Array.from({ length: size }, (_, id) => padding(id, paddingScore));
  model.pieces.slice(0, size).forEach(({ text, score, type }, id) => {
    tokens[id] = { text: type === tokenTypes.userDefined ? text.replaceAll(spaceMark, ' ') : text, type, score };
  });
  return withAdded(tokens, files(added));
}

function files(added: TokenizerFiles['added']) {
  return [...added.values()];
}

function withAdded(tokens: VocabularyToken[], added: ReturnType<typeof files>): VocabularyToken[] {
  for (const token of added) if (token.id < tokens.length) tokens[token.id] = addedToken(token, addedScore);
  return tokens;
}

const idsSchema = z.record(z.string(), z.int().nonnegative());
const byteToken = /^<0x[0-9A-Fa-f]{2}>$/;

/** Undefined where tokenizer.json holds something else. */
export function byteFallbackIds({ json }: TokenizerFiles): Record<string, number> | undefined {
  if (json?.model.byte_fallback !== true || json.model.type !== 'BPE') return undefined;
  return idsSchema.safeParse(json.model.vocab).data;
}

/**
 * tokenizer.json has no scores, but merges in the order of the scores of what they make: the place of the first merge that
 * makes a token, negated, is as good.
 */
export function byteFallbackTokens(
  ids: Readonly<Record<string, number>>,
  { json, added }: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  const places = new Map<string, number>();
  json?.model.merges?.forEach((merge, place) => {
    const made = (typeof merge === 'string' ? merge.split(' ') : merge).join('');
    if (!places.has(made)) places.set(made, place);
  });
  const tokens = Array.from({ length: size }, (_, id) => padding(id, paddingScore));
  for (const [text, id] of Object.entries(ids)) {
    if (id >= size) continue;
    const type = byteToken.test(text) ? tokenTypes.byte : text === '<unk>' ? tokenTypes.unknown : tokenTypes.normal;
    tokens[id] = { text, type, score: type === tokenTypes.normal ? -(places.get(text) ?? places.size) : 0 };
  }
  return withAdded(tokens, files(added));
}
