/**
 * A text as llama-perplexity reads and cuts it (tools/perplexity/perplexity.cpp, `perplexity`; common/arg.cpp for the file): one line
 * break at the end is dropped, what looks like a special token is text, BOS goes before it where the tokenizer adds one, and as many
 * whole chunks are taken as there are.
 */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { readBounded } from '../../command-line/files/text-file.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { hashOfIds } from '../questions/qa-routine.ts';
import type { TextRecord } from './records.ts';

/** What is scored. */
export interface TextExtent {
  text: ScoredText;
  /** Tokens of a chunk: llama-perplexity's context. */
  chunkTokens: number;
  /** At most so many chunks; null: all of the text. */
  chunks: number | null;
}

export const defaultTextFile = fileURLToPath(new URL('../../../configs/texts/english.txt', import.meta.url));

export interface ScoredText {
  file: string;
  /** As typed; absent for the usual one. */
  path?: string;
  /** Of the whole file. */
  sha256: string;
  text: string;
}

/** @throws UserError when it cannot be read, is empty, or is no text */
export async function readText(path: string): Promise<ScoredText> {
  const bytes = readBounded(path, 'reading the text', textLimits.scored);
  const refuse = (fault: string) =>
    new UserError(`${path} ${fault}`, { exitCode: exitCodes.usage, remedy: 'Give a text file in UTF-8 with --text.' });
  if (bytes.length === 0) throw refuse('is empty');
  if (bytes.includes(0)) throw refuse('is no text: it has a zero byte');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = decoded(bytes);
  if (text === undefined) throw refuse('is not in UTF-8');
  return {
    file: basename(path),
    ...(path === defaultTextFile ? {} : { path }),
    sha256,
    text: text.endsWith('\n') ? text.slice(0, -1) : text,
  };
}

/** A mark of the byte order stays: llama-perplexity sees it too. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many tokens of a chunk are scored: those of its second half, so that each has some context; the first has none. */
export function scoredPerChunk(chunkTokens: number): number {
  return chunkTokens - 1 - firstScored(chunkTokens);
}

/** Index of the token whose logits are the first that count; they predict the token after it. */
export function firstScored(chunkTokens: number): number {
  return Math.floor(chunkTokens / 2);
}

/**
 * @param ids of the text
 * @param bos null where the tokenizer adds none; else it stands before the text, and in place of each chunk's first token
 * @throws UserError when there are fewer than two chunks
 */
export function chunksOf(
  ids: readonly number[],
  chunkTokens: number,
  bos: number | null,
  most = Number.POSITIVE_INFINITY,
): number[][] {
  const tokens = bos === null ? ids : [bos, ...ids];
  if (tokens.length < 2 * chunkTokens) {
    throw new UserError(
      `the text has ${tokens.length} tokens, and two chunks of ${chunkTokens} are the fewest that are scored`,
      { exitCode: exitCodes.usage, remedy: 'Give a longer text with --text, or shorter chunks with --chunk.' },
    );
  }
  const count = Math.min(most, Math.floor(tokens.length / chunkTokens));
  return Array.from({ length: count }, (_, i) => {
    const chunk = tokens.slice(i * chunkTokens, (i + 1) * chunkTokens);
    if (bos !== null) chunk[0] = bos;
    return chunk;
  });
}

export interface TextInChunks {
  record: TextRecord;
  chunks: number[][];
}

/** @throws UserError when there are fewer than two chunks */
export async function textInChunks({ engine, plan: run }: RunContext, plan: TextExtent): Promise<TextInChunks> {
  const { bosToken, addBosToken } = run.model;
  const [bos = null] = addBosToken && bosToken !== null ? (await engine.tokenize(bosToken)).ids : [];
  const { ids } = await engine.tokenize(plan.text.text, true);
  const chunks = chunksOf(ids, plan.chunkTokens, bos, plan.chunks ?? undefined);
  const record: TextRecord = {
    type: 'text',
    file: plan.text.file,
    sha256: plan.text.sha256,
    tokens: ids.length,
    tokensSha256: hashOfIds(ids),
    chunkTokens: plan.chunkTokens,
    chunks: chunks.length,
    scoredPerChunk: scoredPerChunk(plan.chunkTokens),
    bos,
  };
  return { record, chunks };
}
