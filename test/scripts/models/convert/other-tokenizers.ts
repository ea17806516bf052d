/** Tokenizers of 512 tokens that are no byte-level ones: with bytes to fall back on, and of pieces of words. */
import { writeJson } from './source-folders.ts';

const vocabulary = 512;

export async function writeByteFallbackTokenizer(folder: string): Promise<void> {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<pad>', '<eos>', '<bos>', '<unk>', ...bytes, '\u2581'];
  const letters = Array.from({ length: vocabulary - tokens.length }, (_, id) => String.fromCodePoint(0x4e00 + id));
  writeJson(folder, 'tokenizer.json', {
    model: { type: 'BPE', byte_fallback: true, vocab: ids([...tokens, ...letters]), merges: [] },
    added_tokens: tokens.slice(0, 4).map((content, id) => ({ id, content, special: true })),
  });
  writeJson(folder, 'tokenizer_config.json', { bos_token: '<bos>', eos_token: '<eos>' });
}

export async function writeWordPieceTokenizer(folder: string): Promise<void> {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const pieces = Array.from({ length: vocabulary - special.length }, (_, id) => String.fromCodePoint(0x4e00 + id));
  writeJson(folder, 'tokenizer.json', {
    model: { type: 'WordPiece', vocab: ids([...special, ...pieces]) },
    added_tokens: special.map((content, id) => ({ id, content, special: true })),
    normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: null },
  });
  writeJson(folder, 'tokenizer_config.json', {});
}

function ids(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}
