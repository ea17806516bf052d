/** Tokens with their types, as llama.cpp numbers them, and how vocabularies of all kinds are filled up. */
import type { AddedToken } from './tokenizer-files.ts';

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
