/**
 * The wire format of Protocol Buffers, as far as ONNX files and SentencePiece models need it: a message is the concatenation of
 * its fields, and a field is a tag (number and kind) followed by its value (protobuf.dev, "Encoding").
 */

const varintKind = 0;
const fixed64Kind = 1;
const lengthDelimitedKind = 2;
const fixed32Kind = 5;

/** Integers and enumerations; negative ones as 64-bit two's complement, as int64 has them. */
export function integerField(number: number, value: number | bigint): Uint8Array {
  return Buffer.concat([tag(number, varintKind), varint(BigInt.asUintN(64, BigInt(value)))]);
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(number, fixed32Kind), bytes]);
}

export function textField(number: number, value: string): Uint8Array {
  return bytesField(number, Buffer.from(value, 'utf8'));
}

/** Bytes, and messages inside a message. */
export function bytesField(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([tag(number, lengthDelimitedKind), varint(BigInt(value.length)), value]);
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function tag(number: number, kind: number): Uint8Array {
  return varint(BigInt((number << 3) | kind));
}

/** Seven bits a byte, the lowest first; the top bit says that another byte follows. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** Integers as numbers, everything else as its bytes. @throws RangeError when the message ends within a field */
export function* fields(bytes: Buffer): Generator<{ number: number; value: number | Uint8Array }> {
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
      case varintKind:
        yield { number, value: varint() };
        break;
      case fixed64Kind:
        yield { number, value: take(8) };
        break;
      case lengthDelimitedKind:
        yield { number, value: take(varint()) };
        break;
      case fixed32Kind:
        yield { number, value: take(4) };
        break;
      default:
        throw new RangeError(`fields of kind ${tag % 8} are not known`);
    }
  }
}
