/** Tokenizers that merge pairs of bytes (GPT-2 and most since): tokenizer.json, or vocab.json with merges.txt. */
import { z } from 'zod';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { SourceFolder } from '../convert/source-folder.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';
import { addedToken, padding, tokenTypes, type VocabularyToken } from './vocabulary.ts';

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
    throw new UserError(`${folder.path} has a vocabulary without merges`, {
      exitCode: exitCodes.missing,
      remedy: 'tokenizer.json or merges.txt is needed: fetch it too.',
    });
  }
  return lines
    .slice(lines[0]?.startsWith('#') === true ? 1 : 0)
    .filter((line) => line.trim().split(/\s+/).length === 2);
}
