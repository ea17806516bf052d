/**
 * A vocabulary of any size that every engine accepts: the 256 bytes, unique fillers, and a few control tokens. There are
 * no merges, so each byte of a prompt is one token; generated text is mostly fillers and is noise.
 */

export const endOfText = '<|endoftext|>';
const turnStart = '<|im_start|>';
export const turnEnd = '<|im_end|>';
/** The last three serve nobody here, but llama.cpp looks them up, without a check, in whatever is called Phi-3. */
const controlTokens = [endOfText, turnStart, turnEnd, '<unk>', '<s>', '</s>'];

/** ChatML. */
export const syntheticChatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const normalToken = 1;
const controlToken = 3;
const byteCount = 256;

export interface SyntheticVocabulary {
  tokens: string[];
  /** llama.cpp's token types: 1 is normal, 3 is control. */
  types: number[];
  idOf: (controlToken: string) => number;
}

/** @param size at least 262 */
export function syntheticVocabulary(size: number): SyntheticVocabulary {
  const fillers = size - byteCount - controlTokens.length;
  if (fillers < 0) throw new RangeError(`a vocabulary of ${size} has no room for the bytes and control tokens`);
  const fillerTokens = Array.from({ length: fillers }, (_, i) => `${spaceSymbol}t${i}`);
  const tokens = [...byteSymbols(), ...fillerTokens, ...controlTokens];
  const types = tokens.map((_, id) => (id < size - controlTokens.length ? normalToken : controlToken));
  return { tokens, types, idOf: (token) => tokens.lastIndexOf(token) };
}

/** How byte-level tokenizers write a space. */
const spaceSymbol = 'Ġ';

/** GPT-2's printable stand-in for each byte (openai/gpt-2, src/encoder.py, bytes_to_unicode). */
function byteSymbols(): string[] {
  let spare = byteCount;
  return Array.from({ length: byteCount }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(printable ? byte : spare++);
  });
}
