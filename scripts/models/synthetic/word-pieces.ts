/**
 * A vocabulary of any size for encoders, of the kind that BERT has (WordPiece): every printable ASCII character at the
 * beginning of a word and within one, and unique fillers. So each character of a text is one token.
 */
import type { SyntheticVocabulary } from './vocabulary.ts';

/** Where BERT has them, which llama.cpp takes for granted. */
const controlTokens = new Map([
  [0, '[PAD]'],
  [100, '[UNK]'],
  [101, '[CLS]'],
  [102, '[SEP]'],
  [103, '[MASK]'],
]);
const firstOrdinary = 104;

const normalToken = 1;
const controlToken = 3;
const unusedToken = 5;

/** How GGUF marks the beginning of a word. */
const wordStart = '\u2581';

/** @param size at least 240 */
export function syntheticWordPieces(size: number): SyntheticVocabulary {
  const pieces = characters().flatMap((character) => [`${wordStart}${character}`, character]);
  const fillers = size - firstOrdinary - pieces.length;
  if (fillers < 0) throw new RangeError(`a vocabulary of ${size} has no room for the characters and control tokens`);
  const reserved = Array.from({ length: firstOrdinary }, (_, id) => controlTokens.get(id) ?? `[unused${id}]`);
  const tokens = [...reserved, ...pieces, ...Array.from({ length: fillers }, (_, i) => `${wordStart}~t${i}`)];
  const types = tokens.map((_, id) => {
    if (id >= firstOrdinary) return normalToken;
    return controlTokens.has(id) ? controlToken : unusedToken;
  });
  return { tokens, types, idOf: (token) => tokens.indexOf(token) };
}

/** From ! to ~ without capitals: texts are set in small letters before they are looked up. */
function characters(): string[] {
  const all = Array.from({ length: 126 - 33 + 1 }, (_, i) => String.fromCharCode(33 + i));
  return all.filter((character) => character === character.toLowerCase());
}
