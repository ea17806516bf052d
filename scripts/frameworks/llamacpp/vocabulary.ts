/** llama.cpp's tokenizer: token ids and their text, also without the weights for frameworks that have no tokenizer. */

import type { LlamaModel, Token } from 'node-llama-cpp';
import type { LoadRequest, Vocabulary } from '../framework.ts';
import { explained, startLlama, versionOf } from './llama.ts';

/** Starting the binding takes longer than loading a vocabulary; it ends with the process. */
let processor: ReturnType<typeof startLlama> | undefined;

export async function loadVocabulary({
  modelPath,
  span,
}: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary> {
  processor ??= startLlama('cpu').catch((error: unknown) => {
    processor = undefined;
    throw error;
  });
  const llama = await processor;
  const model = await span('tokenizer_load', () =>
    explained('load the vocabulary', () => llama.loadModel({ modelPath, vocabOnly: true })),
  );
  return {
    version: versionOf(llama),
    endOfSequence: [...model.iterateAllTokens()].filter((token) => model.isEogToken(token)),
    tokenize: async (text, plain) => tokenize(model, text, plain),
    detokenize: async (tokens, special) => tokenPieces(model, tokens.filter(isToken), special),
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}

/** The binding brands its token ids; every integer is one. */
export function isToken(id: number): id is Token {
  return Number.isInteger(id);
}

/**
 * Converts text to token ids; nothing is added before or after.
 * @param plain treat the text of special tokens as ordinary text
 */
export function tokenize(model: LlamaModel, text: string, plain = false): Int32Array {
  return Int32Array.from(model.tokenize(text, !plain));
}

/** Most tokens that one character may span; beyond them its bytes count as invalid. */
const longestCharacterTokens = 8;
const contextOfDetokenizer = 8;

/**
 * Text of each token; a token that ends within a character has none, and the token that completes it has all of it.
 * @param special special tokens are written out; otherwise they have no text
 */
export function tokenPieces(model: LlamaModel, tokens: readonly Token[], special = false): string[] {
  const pieces: string[] = [];
  let open: Token[] = [];
  tokens.forEach((token, i) => {
    open.push(token);
    const first = i + 1 - open.length;
    const text = model.detokenize(open, special, tokens.slice(Math.max(0, first - contextOfDetokenizer), first));
    if (text.endsWith('\uFFFD') && open.length < longestCharacterTokens && i + 1 < tokens.length) {
      pieces.push('');
      return;
    }
    pieces.push(text);
    open = [];
  });
  return pieces;
}
