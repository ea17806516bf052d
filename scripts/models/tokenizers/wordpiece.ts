/** Vocabularies of BERT: whole words, and continuations that begin with '##'. llama.cpp marks the words instead. */
import { z } from 'zod';
import type { SourceFolder } from '../convert/source-folder.ts';
import {
  filledVocabulary,
  spaceMark,
  type TokenizerFiles,
  tokenTypes,
  type VocabularyToken,
  vocabularyIds,
} from './tokenizer-files.ts';

/** Without tokenizer.json, control tokens are recognised by their brackets. */
const bracketed = /^\[(PAD|UNK|CLS|SEP|MASK|unused\d+)\]$/;

/** Undefined where the folder has no such vocabulary. */
export function wordPieceIds(folder: SourceFolder, { json }: TokenizerFiles): Record<string, number> | undefined {
  if (json !== undefined) return json.model.type === 'WordPiece' ? vocabularyIds(json.model.vocab) : undefined;
  const lines = folder
    .text('vocab.txt')
    ?.replace(/\r?\n$/, '')
    .split(/\r?\n/);
  return lines === undefined ? undefined : Object.fromEntries(lines.map((line, id) => [line, id]));
}

export function wordPieceTokens(
  ids: Readonly<Record<string, number>>,
  files: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  const tokens = Object.entries(ids).map(([text, id]) => {
    const type = bracketed.test(text) ? tokenTypes.control : tokenTypes.normal;
    return [id, { text, type, score: 0 }] as const;
  });
  const whole = filledVocabulary(size, tokens, files);
  return whole.map((token) => ({ ...token, text: words.has(token.type) ? marked(token.text) : token.text }));
}

/** Types of tokens that stand in a text. */
const words = new Set<number>([tokenTypes.normal, tokenTypes.userDefined]);

function marked(text: string): string {
  return text.startsWith('##') ? text.slice(2) : spaceMark + text;
}

const normalizerSchema = z.looseObject({
  type: z.string(),
  lowercase: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  normalizers: z.array(z.unknown()).optional(),
});

/** Whether the normalizer converts to lower case and strips accents; undefined where it does not say. */
export function normalization({ json }: TokenizerFiles): { lowercase?: boolean; stripAccents?: boolean } {
  return ofStep(json?.normalizer);
}

function ofStep(step: unknown): { lowercase?: boolean; stripAccents?: boolean } {
  const { data } = normalizerSchema.safeParse(step);
  switch (data?.type) {
    case 'Lowercase':
      return { lowercase: true };
    case 'StripAccents':
      return { stripAccents: true };
    case 'BertNormalizer':
      return {
        ...(typeof data.lowercase === 'boolean' ? { lowercase: data.lowercase } : {}),
        ...(typeof data.strip_accents === 'boolean' ? { stripAccents: data.strip_accents } : {}),
      };
    case 'Sequence':
      return Object.assign({}, ...(data.normalizers ?? []).map(ofStep));
    default:
      return {};
  }
}
