/** Tokenizers that merge pairs of bytes (GPT-2 and most since): tokenizer.json, or vocab.json with merges.txt. */
import { z } from 'zod';
import { missingError, type UserError, usageError } from '../../command-line/errors.ts';
import type { SourceFolder } from '../convert/source-folder.ts';
import {
  filledVocabulary,
  type TokenizerFiles,
  tokenTypes,
  type VocabularyToken,
  vocabularyIds,
} from './tokenizer-files.ts';

/** Undefined where the folder has no such vocabulary. */
export function byteLevelIds(folder: SourceFolder, { json }: TokenizerFiles): Record<string, number> | undefined {
  if (json !== undefined && json.model.type !== undefined && json.model.type !== 'BPE') return undefined;
  return vocabularyIds(json?.model.vocab ?? folder.json('vocab.json'));
}

/** @param size rows of the embedding */
export function byteLevelTokens(
  ids: Readonly<Record<string, number>>,
  files: TokenizerFiles,
  size: number,
): VocabularyToken[] {
  const tokens = Object.entries(ids).map(([text, id]) => [id, { text, type: tokenTypes.normal, score: 0 }] as const);
  return filledVocabulary(size, tokens, files);
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

/** A pre-tokenizer by llama.cpp's name, as tokenizer.json describes it. */
interface PreTokenizer {
  name: string;
  /** Splits words by this expression and then only renames bytes. */
  expression?: string;
  /** Does something else, in these steps. */
  steps?: readonly unknown[];
  /** A word that is a token is not merged from its bytes (llama.cpp, src/llama-vocab.cpp). */
  ignoresMerges?: true;
}

const bytesWithWords = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const singleDigits = { type: 'Digits', individual_digits: true };

/** Of several with one name, the first is written. */
const preTokenizers: readonly PreTokenizer[] = [
  {
    name: 'llama-bpe',
    expression: `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${restOfText}`,
    ignoresMerges: true,
  },
  { name: 'qwen2', expression: `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${restOfText}` },
  {
    name: 'qwen35',
    expression: `${contractions}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  },
  {
    name: 'tekken',
    expression: `${cased.replaceAll('SUFFIX', '')}|\\p{N}${restWithSlash}`,
    ignoresMerges: true,
  },
  { name: 'gpt-4o', expression: `${cased.replaceAll('SUFFIX', `${contractions}?`)}|\\p{N}{1,3}${restWithSlash}` },
  { name: 'gpt-2', steps: [bytesWithWords] },
  { name: 'smollm', steps: [singleDigits, bytesWithWords] },
  { name: 'smollm', steps: [bytesWithWords, singleDigits] },
  {
    name: 'falcon',
    steps: [
      { type: 'Punctuation', behavior: 'Contiguous' },
      bytesWithWords,
      { type: 'Digits', individual_digits: false },
      { type: 'Split', pattern: { Regex: '[0-9][0-9][0-9]' }, behavior: 'Isolated', invert: false },
    ],
  },
];

/** Names for folders without a tokenizer.json: each old class of transformers has one expression. */
const byClass: Readonly<Record<string, string>> = {
  GPT2Tokenizer: 'gpt-2',
  GPTNeoXTokenizer: 'gpt-2',
  Qwen2Tokenizer: 'qwen2',
};

const preTokenizerNames = [...new Set(preTokenizers.map(({ name }) => name))];

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
  const found = preTokenizers.find((known) =>
    expression !== undefined && only
      ? known.expression === expression
      : known.steps !== undefined && wordsOf(known.steps.flatMap(stepsOf)) === wordsOf(steps),
  );
  if (found === undefined) throw unknown(wordsOf(steps));
  return found.name;
}

/**
 * The opposite of `preTokenizer`: steps of tokenizer.json for llama.cpp's name.
 * @throws UserError when the name is not known here
 */
export function preTokenizerSteps(name: string | undefined): { preTokenizer: unknown; ignoresMerges: boolean } {
  const found = preTokenizers.find((known) => known.name === name);
  if (found === undefined) {
    throw usageError(
      `the file names the pre-tokenizer "${name ?? ''}", whose expression is not known here`,
      `A tokenizer.json can be written for ${preTokenizerNames.join(', ')}.`,
    );
  }
  const { expression, steps = [], ignoresMerges = false } = found;
  const listed =
    expression === undefined
      ? steps
      : [
          { type: 'Split', pattern: { Regex: expression }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        ];
  const [only, ...more] = listed;
  return { preTokenizer: more.length === 0 ? only : { type: 'Sequence', pretokenizers: listed }, ignoresMerges };
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
