/**
 * tokenizer.model of SentencePiece, a message of Protocol Buffers (google/sentencepiece, sentencepiece_model.proto): as much
 * of it as a vocabulary needs.
 */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { decodeText } from '../gguf/text.ts';

interface SentencePiece {
  text: string;
  score: number;
  /** As sentencepiece_model.proto numbers them, and llama.cpp after it: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. */
  type: number;
}

export interface SentencePieceModel {
  pieces: SentencePiece[];
  /** 1 unigram, 2 pairs, 3 words, 4 characters. */
  kind: number;
  /** A space is put before a text. */
  addsSpacePrefix: boolean;
}

const fieldNumbers = { pieces: 1, trainer: 2, normalizer: 3, text: 1, score: 2, type: 3, kind: 3, addsPrefix: 3 };

/** @throws UserError when it is no such message */
export function parseSentencePiece(bytes: Uint8Array, path: string): SentencePieceModel {
  const model: SentencePieceModel = { pieces: [], kind: 1, addsSpacePrefix: true };
  try {
    for (const { number, value } of fields(Buffer.from(bytes))) {
      if (number === fieldNumbers.pieces && value instanceof Uint8Array) model.pieces.push(pieceOf(value));
      if (number === fieldNumbers.trainer && value instanceof Uint8Array) {
        model.kind = integerIn(value, fieldNumbers.kind) ?? model.kind;
      }
      if (number === fieldNumbers.normalizer && value instanceof Uint8Array) {
        model.addsSpacePrefix = (integerIn(value, fieldNumbers.addsPrefix) ?? 1) !== 0;
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unreadable(path);
  }
  if (model.pieces.length === 0) throw unreadable(path);
  return model;
}

function unreadable(path: string): UserError {
  return new UserError(`${path} is no SentencePiece model`, {
    exitCode: exitCodes.usage,
    remedy: 'It is cut short or damaged (or a Git LFS pointer): fetch it again.',
  });
}

function pieceOf(bytes: Uint8Array): SentencePiece {
  const piece: SentencePiece = { text: '', score: 0, type: 1 };
  for (const { number, value } of fields(Buffer.from(bytes))) {
    if (number === fieldNumbers.text && value instanceof Uint8Array) piece.text = decodeText(Buffer.from(value));
    if (number === fieldNumbers.score && value instanceof Uint8Array) piece.score = Buffer.from(value).readFloatLE();
    if (number === fieldNumbers.type && typeof value === 'number') piece.type = value;
  }
  return piece;
}

function integerIn(bytes: Uint8Array, wanted: number): number | undefined {
  for (const { number, value } of fields(Buffer.from(bytes))) {
    if (number === wanted && typeof value === 'number') return value;
  }
  return undefined;
}

/** Integers as numbers, everything else as its bytes. @throws RangeError when the message ends within a field */
function* fields(bytes: Buffer): Generator<{ number: number; value: number | Uint8Array }> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('the message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(varint()) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw new RangeError(`fields of kind ${tag % 8} are not known`);
    }
  }
}
