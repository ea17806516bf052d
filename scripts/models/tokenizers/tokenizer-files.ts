/** The content of the tokenizer files of a folder, for any kind of tokenizer, and the tokens of a vocabulary. */
import { z } from 'zod';
import { usageError } from '../../command-line/errors.ts';
import type { SourceFolder } from '../convert/source-folder.ts';

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]);
const addedSchema = z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().default(false) });

const tokenizerSchema = z.looseObject({
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.unknown(),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).optional(),
    byte_fallback: z.boolean().nullish(),
  }),
  added_tokens: z.array(addedSchema).default([]),
  pre_tokenizer: z.unknown().optional(),
  normalizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
});
type TokenizerJson = z.infer<typeof tokenizerSchema>;

/** tokenizer_config.json. */
export const tokenizerConfigSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
  add_prefix_space: z.boolean().nullish(),
  added_tokens_decoder: z
    .record(z.string(), z.looseObject({ content: z.string(), special: z.boolean().default(false) }))
    .default({}),
});
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

type AddedToken = z.infer<typeof addedSchema>;

export interface TokenizerFiles {
  /** tokenizer.json; undefined where there is none. */
  json: TokenizerJson | undefined;
  config: TokenizerConfig;
  /** Tokens that were added to the trained ones, by their ids. */
  added: ReadonlyMap<number, AddedToken>;
}

export function readTokenizerFiles(folder: SourceFolder): TokenizerFiles {
  const json = parsed(folder, 'tokenizer.json', tokenizerSchema);
  const config = parsed(folder, 'tokenizer_config.json', tokenizerConfigSchema) ?? tokenizerConfigSchema.parse({});
  const added = new Map<number, AddedToken>();
  const older = parsed(folder, 'added_tokens.json', z.record(z.string(), z.int())) ?? {};
  for (const [content, id] of Object.entries(older)) added.set(id, { id, content, special: false });
  for (const token of json?.added_tokens ?? []) added.set(token.id, token);
  for (const [id, { content, special }] of Object.entries(config.added_tokens_decoder)) {
    added.set(Number(id), { id: Number(id), content, special });
  }
  return { json, config, added };
}

/** Text of a special token in tokenizer_config.json: 'bos_token' is a text or an object with one. */
export function configuredToken(config: TokenizerConfig, key: string): string | undefined {
  const { data } = tokenText.safeParse(config[key]);
  return typeof data === 'string' ? data : data?.content;
}

/** The chat template in tokenizer_config.json: the only one, or the one that is called default. */
export function configuredTemplate({ chat_template: found }: TokenizerConfig): string | undefined {
  return (Array.isArray(found) ? found.find(({ name }) => name === 'default')?.template : found) ?? undefined;
}

function parsed<T>(folder: SourceFolder, file: string, schema: z.ZodType<T>): T | undefined {
  const value = folder.json(file);
  if (value === undefined) return undefined;
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const issue = error?.issues[0];
  throw usageError(
    `${folder.path}/${file}: ${issue?.path.join('.')} ${issue?.message}`,
    'It is damaged, or newer than this version of Tokenlap.',
  );
}

export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface VocabularyToken {
  text: string;
  type: number;
  score: number;
}

/** How SentencePiece writes a space. */
export const spaceMark = '\u2581';

/** The token of an id that has none. */
function padding(id: number, score: number): VocabularyToken {
  return { text: `[PAD${id}]`, type: tokenTypes.unused, score };
}

const idsSchema = z.record(z.string(), z.int().nonnegative());

/** The ids of tokens by their texts; undefined for anything else. */
export function vocabularyIds(value: unknown): Record<string, number> | undefined {
  return idsSchema.safeParse(value).data;
}

/** @returns `size` tokens: the given ones at their ids, replaced by the added ones; ids without a token are padded */
export function filledVocabulary(
  size: number,
  tokens: Iterable<readonly [id: number, token: VocabularyToken]>,
  { added }: TokenizerFiles,
  scores: { padding: number; added: number } = { padding: 0, added: 0 },
): VocabularyToken[] {
  const vocabulary = Array.from({ length: size }, (_, id) => padding(id, scores.padding));
  for (const [id, token] of tokens) if (id < size) vocabulary[id] = token;
  for (const token of added.values()) if (token.id < size) vocabulary[token.id] = addedToken(token, scores.added);
  return vocabulary;
}

/** Control tokens are matched only where a template may write them; user-defined ones in every text, with plain spaces. */
function addedToken({ content, special }: AddedToken, score: number): VocabularyToken {
  if (special || looksSpecial(content)) return { text: content, type: tokenTypes.control, score };
  return { text: content.replaceAll(spaceMark, ' '), type: tokenTypes.userDefined, score };
}

/** Control tokens that some models do not mark as special (llama.cpp, conversion/base.py, does_token_look_special). */
function looksSpecial(text: string): boolean {
  return (
    ['<pad>', '<mask>', '<2mass>', '[@BOS@]'].includes(text) ||
    /^<\|[\s\S]*\|>$/.test(text) ||
    /^<｜[\s\S]*｜>$/.test(text) ||
    /^<unused[\s\S]*>$/.test(text)
  );
}
