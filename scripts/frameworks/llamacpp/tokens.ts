/** Token ids and their text. */
import type { LlamaModel, Token } from 'node-llama-cpp';

/** The binding brands its token ids; every whole number is one. */
export function isToken(id: number): id is Token {
  return Number.isInteger(id);
}

/**
 * Special tokens may be written out in the text; nothing is put before or after.
 * @param plain what looks like one is text
 */
export function tokenize(model: LlamaModel, text: string, plain = false): Int32Array {
  return Int32Array.from(model.tokenize(text, !plain));
}

/** How many tokens a character may be spread over before its bytes are given up as broken. */
const longestCharacterTokens = 8;
const contextOfDetokenizer = 8;

/** Text of each token; a token that ends in the middle of a character has none, the completing one has it all. */
export function tokenPieces(model: LlamaModel, tokens: readonly Token[]): string[] {
  const pieces: string[] = [];
  let open: Token[] = [];
  tokens.forEach((token, i) => {
    open.push(token);
    const first = i + 1 - open.length;
    const text = model.detokenize(open, false, tokens.slice(Math.max(0, first - contextOfDetokenizer), first));
    if (text.endsWith('\uFFFD') && open.length < longestCharacterTokens && i + 1 < tokens.length) {
      pieces.push('');
      return;
    }
    pieces.push(text);
    open = [];
  });
  return pieces;
}
