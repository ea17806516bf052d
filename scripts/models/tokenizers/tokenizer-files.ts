/** What the tokenizer files of a folder say, whatever kind of tokenizer it is, and the tokens that a vocabulary is made of. */
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

const configSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
  add_prefix_space: z.boolean().nullish(),
  added_tokens_decoder: z
    .record(z.string(), z.looseObject({ content: z.string(), special: z.boolean().default(false) }))
    .default({}),
});
export type TokenizerConfig = z.infer<typeof configSchema>;

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerFiles {
  /** tokenizer.json; undefined where there is none. */
  json: TokenizerJson | undefined;
  config: TokenizerConfig;
  /** Tokens that were added to the trained ones, by their ids. */
  added: ReadonlyMap<number, AddedToken>;
}

export function readTokenizerFiles(folder: SourceFolder): TokenizerFiles {
  const json = parsed(folder, 'tokenizer.json', tokenizerSchema);
  const config = parsed(folder, 'tokenizer_config.json', configSchema) ?? configSchema.parse({});
  const added = new Map<number, AddedToken>();
  for (const [content, id] of Object.entries(
    parsed(folder, 'added_tokens.json', z.record(z.string(), z.int())) ?? {},
  )) {
    added.set(id, { id, content, special: false });
  }
  for (const token of json?.added_tokens ?? []) added.set(token.id, token);
  for (const [id, token] of Object.entries(config.added_tokens_decoder)) {
    added.set(Number(id), { id: Number(id), content: token.content, special: token.special });
  }
  return { json, config, added };
}

/** Text of a special token in tokenizer_config.json: 'bos_token' is a text or an object with one. */
export function configuredToken(config: TokenizerConfig, key: string): string | undefined {
  const { data } = tokenText.safeParse(config[key]);
  return typeof data === 'string' ? data : data?.content;
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

/** Spaces of SentencePiece. */
export const spaceMark = '\u2581';

/** What an id without a token gets. */
export function padding(id: number, score: number): VocabularyToken {
  return { text: `[PAD${id}]`, type: tokenTypes.unused, score };
}

/** Control tokens are matched only where a template may write them; user-defined ones in every text, with plain spaces. */
export function addedToken({ content, special }: AddedToken, score: number): VocabularyToken {
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
