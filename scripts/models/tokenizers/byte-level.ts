/** Tokenizers that merge pairs of bytes (GPT-2 and most since): tokenizer.json, or vocab.json with merges.txt. */
import { z } from 'zod';
import { missingError, type UserError, usageError } from '../../command-line/errors.ts';
import type { SourceFolder } from '../convert/source-folder.ts';
import { addedToken, padding, type TokenizerFiles, tokenTypes, type VocabularyToken } from './tokenizer-files.ts';

const idsSchema = z.record(z.string(), z.int().nonnegative());

/** Undefined where the folder has no such vocabulary. */
export function byteLevelIds(folder: SourceFolder, { json }: TokenizerFiles): Record<string, number> | undefined {
  if (json !== undefined && json.model.type !== undefined && json.model.type !== 'BPE') return undefined;
  return idsSchema.safeParse(json?.model.vocab ?? folder.json('vocab.json')).data;
}

/** @param size rows of the embedding */
export function byteLevelTokens(
  ids: Readonly<Record<string, number>>,
  { added }: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  const tokens = Array.from({ length: size }, (_, id) => padding(id, 0));
  for (const [text, id] of Object.entries(ids)) {
    if (id < size) tokens[id] = { text, type: tokenTypes.normal, score: 0 };
  }
  for (const token of added.values()) if (token.id < size) tokens[token.id] = addedToken(token, 0);
  return tokens;
}

/** Pairs in the order in which they are merged, a space between; a space within one is written as 'Ġ'. */
export function merges(folder: SourceFolder, { json }: TokenizerFiles): string[] {
  const listed = json?.model.merges;
  if (listed !== undefined) {
    return listed.map((merge) =>
      typeof merge === 'string' ? merge : merge.map((part) => part.replaceAll(' ', 'Ġ')).join(' '),
    );
  }
  const lines = folder.text('merges.txt')?.split(/\r?\n/);
  if (lines === undefined) {
    throw missingError(
      `${folder.path} has a vocabulary without merges`,
      'tokenizer.json or merges.txt is needed: fetch it too.',
    );
  }
  return lines
    .slice(lines[0]?.startsWith('#') === true ? 1 : 0)
    .filter((line) => line.trim().split(/\s+/).length === 2);
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const restOfText = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const cased =
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+SUFFIX|' +
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*SUFFIX';
const restWithSlash = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** Where words are split by one expression, and bytes are only renamed after it. */
const byExpression = new Map<string, string>([
  [`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${restOfText}`, 'llama-bpe'],
  [`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${restOfText}`, 'qwen2'],
  [
    `${contractions}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
    'qwen35',
  ],
  [`${cased.replaceAll('SUFFIX', '')}|\\p{N}${restWithSlash}`, 'tekken'],
  [`${cased.replaceAll('SUFFIX', `${contractions}?`)}|\\p{N}{1,3}${restWithSlash}`, 'gpt-4o'],
]);

/** Steps in a row, each by its kind and what it does. */
const bySteps = new Map<string, string>([
  ['bytes with words', 'gpt-2'],
  ['single digits, bytes with words', 'smollm'],
  ['bytes with words, single digits', 'smollm'],
  ['punctuation contiguous, bytes with words, digits, split [0-9][0-9][0-9] isolated', 'falcon'],
]);

/** Where there is no tokenizer.json: the old classes of transformers have one expression each. */
const byClass: Readonly<Record<string, string>> = {
  GPT2Tokenizer: 'gpt-2',
  GPTNeoXTokenizer: 'gpt-2',
  Qwen2Tokenizer: 'qwen2',
};

const preTokenizerNames = [...new Set([...byExpression.values(), ...bySteps.values()])];

const stepSchema = z.looseObject({
  type: z.string(),
  pretokenizers: z.array(z.unknown()).optional(),
  pattern: z.looseObject({ Regex: z.string().optional(), String: z.string().optional() }).optional(),
  behavior: z.string().optional(),
  use_regex: z.boolean().optional(),
  individual_digits: z.boolean().optional(),
});

/** @throws UserError when llama.cpp has no name for it that we know */
export function preTokenizer({ json, config }: TokenizerFiles): string {
  if (json === undefined) {
    const known = byClass[config.tokenizer_class ?? ''];
    if (known !== undefined) return known;
    throw unknown(`the class ${config.tokenizer_class ?? '(none)'} without a tokenizer.json`);
  }
  const steps = stepsOf(json.pre_tokenizer);
  const [first, second] = steps;
  const expression = first?.pattern?.Regex;
  const only = steps.length === 2 && second?.type === 'ByteLevel' && second.use_regex === false;
  const found = expression !== undefined && only ? byExpression.get(expression) : bySteps.get(wordsOf(steps));
  if (found === undefined) throw unknown(wordsOf(steps));
  return found;
}

function stepsOf(step: unknown): Array<z.infer<typeof stepSchema>> {
  const { data } = stepSchema.safeParse(step);
  if (data === undefined) return [];
  return data.type === 'Sequence' ? (data.pretokenizers ?? []).flatMap(stepsOf) : [data];
}

function wordsOf(steps: ReturnType<typeof stepsOf>): string {
  const words = steps.map(({ type, pattern, behavior, use_regex, individual_digits }) => {
    switch (type) {
      case 'ByteLevel':
        return use_regex === false ? 'bytes' : 'bytes with words';
      case 'Digits':
        return individual_digits === true ? 'single digits' : 'digits';
      case 'Punctuation':
        return `punctuation ${(behavior ?? 'isolated').toLowerCase()}`;
      case 'Split':
        return `split ${pattern?.Regex ?? pattern?.String} ${behavior?.toLowerCase()}`;
      default:
        return type;
    }
  });
  return words.join(', ') || 'nothing';
}

function unknown(what: string): UserError {
  return usageError(
    `the tokenizer splits words in a way that is not known here: ${what}`,
    `If you know llama.cpp's name for it, add --pre NAME (${preTokenizerNames.join(', ')}, ...); or use --tool llama.cpp.`,
  );
}
