/**
 * Texts of model files. They are UTF-8 but for single tokens that are parts of a sign: bytes that are no UTF-8 become lone
 * surrogates, as Python's "surrogateescape" has it (PEP 383), so that a copy of the text has the bytes of the original.
 */
import { isUtf8 } from 'node:buffer';

const replacement = '\ufffd';
/** Of byte 0x80; no text in UTF-8 has it or its neighbours. */
const escapeBase = 0xdc00;
const escaped = /[\udc80-\udcff]/u;

export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes(replacement) || isUtf8(bytes)) return text;
  let found = '';
  for (let at = 0; at < bytes.length; ) {
    const length = signBytes(bytes, at);
    found +=
      length === 0 ? String.fromCharCode(escapeBase + bytes.readUInt8(at)) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return found;
}

export function encodeText(text: string): Buffer {
  if (!escaped.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    [...text].map((sign) =>
      escaped.test(sign) ? Buffer.of(sign.charCodeAt(0) - escapeBase) : Buffer.from(sign, 'utf8'),
    ),
  );
}

/** Bytes of the sign that begins here; 0 where none does. */
function signBytes(bytes: Buffer, at: number): number {
  const first = bytes.readUInt8(at);
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
