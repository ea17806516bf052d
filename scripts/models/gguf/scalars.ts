/** How numbers and texts are stored in model files. */
import { isUtf8 } from 'node:buffer';
import type { BigNumberType, GgufScalar, SmallNumberType } from './format.ts';

interface NumberCodec<Value> {
  bytes: number;
  read(from: Buffer, at: number): Value;
  /** @throws RangeError for a number that the type does not hold */
  write(to: Buffer, value: Value): void;
}

export const numberCodecs: Readonly<Record<SmallNumberType, NumberCodec<number>>> = {
  uint8: { bytes: 1, read: (from, at) => from.readUInt8(at), write: (to, value) => to.writeUInt8(value) },
  int8: { bytes: 1, read: (from, at) => from.readInt8(at), write: (to, value) => to.writeInt8(value) },
  uint16: { bytes: 2, read: (from, at) => from.readUInt16LE(at), write: (to, value) => to.writeUInt16LE(value) },
  int16: { bytes: 2, read: (from, at) => from.readInt16LE(at), write: (to, value) => to.writeInt16LE(value) },
  uint32: { bytes: 4, read: (from, at) => from.readUInt32LE(at), write: (to, value) => to.writeUInt32LE(value) },
  int32: { bytes: 4, read: (from, at) => from.readInt32LE(at), write: (to, value) => to.writeInt32LE(value) },
  float32: { bytes: 4, read: (from, at) => from.readFloatLE(at), write: (to, value) => to.writeFloatLE(value) },
  float64: { bytes: 8, read: (from, at) => from.readDoubleLE(at), write: (to, value) => to.writeDoubleLE(value) },
};

export const bigNumberCodecs: Readonly<Record<BigNumberType, NumberCodec<bigint>>> = {
  uint64: { bytes: 8, read: (from, at) => from.readBigUInt64LE(at), write: (to, value) => to.writeBigUInt64LE(value) },
  int64: { bytes: 8, read: (from, at) => from.readBigInt64LE(at), write: (to, value) => to.writeBigInt64LE(value) },
};

/** Bytes of a value; of a text, those of its length. */
export function scalarBytes(type: GgufScalar['type']): number {
  if (type === 'bool') return 1;
  if (type === 'string') return 8;
  return (type === 'uint64' || type === 'int64' ? bigNumberCodecs[type] : numberCodecs[type]).bytes;
}

const replacement = '\ufffd';
/** Stands for byte 0x80; no text in UTF-8 has it or its neighbours. */
const escapeBase = 0xdc00;
const escaped = /[\udc80-\udcff]/u;

/**
 * Decodes a text. They are UTF-8, except for single tokens that are a part of a character: bytes that are not UTF-8 become lone
 * surrogates, as in Python's "surrogateescape" (PEP 383), so that a copy of the text has the bytes of the original.
 */
export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes(replacement) || isUtf8(bytes)) return text;
  let found = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterBytes(bytes, at);
    found +=
      length === 0 ? String.fromCharCode(escapeBase + bytes.readUInt8(at)) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return found;
}

export function encodeText(text: string): Buffer {
  if (!escaped.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    [...text].map((character) =>
      escaped.test(character) ? Buffer.of(character.charCodeAt(0) - escapeBase) : Buffer.from(character, 'utf8'),
    ),
  );
}

/** Bytes of the character that begins here; 0 where none does. */
function characterBytes(bytes: Buffer, at: number): number {
  const first = bytes.readUInt8(at);
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
