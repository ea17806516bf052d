/**
 * Mutants of a GGUF file, the same for the same seed: bytes and numbers in its head are changed, pieces are cut, doubled and moved,
 * and lists and texts are made enormous in files that are as large and hold nothing.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';

const interesting = [0n, 1n, 2n, 13n, 255n, 2n ** 16n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 40n, 2n ** 60n, 2n ** 64n - 1n];
/** Large enough that a count of hundreds of millions fits, and no byte of it is on the disk. */
const hollowBytes = 3e9;

type Draw = (below: number) => number;

/** Writes the mutant of that number to `path`. @returns what was done to it */
export function writeMutant(original: Buffer, headBytes: number, seed: number, path: string): string {
  const random = seededRandom(seed);
  const draw: Draw = (below) => Math.floor(random() * below);
  let bytes: Buffer = Buffer.from(original);
  const done: string[] = [];
  for (let steps = 1 + draw(3); steps > 0; steps--) {
    const { name, change } = changes[draw(changes.length)] ?? { name: 'nothing', change: (same: Buffer) => same };
    bytes = change(bytes, headBytes, draw);
    done.push(name);
  }
  const hollow = draw(4) === 0;
  const file = openSync(path, 'w');
  writeSync(file, bytes);
  if (hollow) ftruncateSync(file, hollowBytes);
  closeSync(file);
  return `${done.join(', ')}${hollow ? ', hollow' : ''}`;
}

const changes: ReadonlyArray<{ name: string; change: (bytes: Buffer, headBytes: number, draw: Draw) => Buffer }> = [
  {
    name: 'bytes',
    change: (bytes, head, draw) => {
      for (let count = 1 + draw(8); count > 0; count--) bytes[draw(Math.min(head, bytes.length))] = draw(256);
      return bytes;
    },
  },
  {
    name: 'a byte',
    change: (bytes, head, draw) => {
      bytes[draw(Math.min(head, bytes.length))] = draw(256);
      return bytes;
    },
  },
  {
    name: 'a byte of a text',
    change: (bytes, head, draw) => {
      const at = draw(Math.min(head, bytes.length));
      for (let i = at; i < bytes.length; i++) {
        if (bytes.readUInt8(i) < 0x20) continue;
        bytes[i] = draw(256);
        return bytes;
      }
      return bytes;
    },
  },
  { name: 'a number', change: (bytes, head, draw) => withNumber(bytes, draw(Math.min(head, bytes.length)), draw) },
  { name: 'an early number', change: (bytes, _, draw) => withNumber(bytes, draw(400), draw) },
  { name: 'a length', change: (bytes, head, draw) => withNumber(bytes, lengthAt(bytes, head, draw), draw) },
  { name: 'cut', change: (bytes, head, draw) => bytes.subarray(0, draw(Math.min(bytes.length, 2 * head))) },
  {
    name: 'doubled',
    change: (bytes, head, draw) => {
      const [at, length] = [draw(Math.min(head, bytes.length)), draw(400)];
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    },
  },
  {
    name: 'taken out',
    change: (bytes, head, draw) => {
      const at = draw(Math.min(head, bytes.length));
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(64))]);
    },
  },
  {
    name: 'filled in',
    change: (bytes, head, draw) => {
      const at = draw(Math.min(head, bytes.length));
      const rubbish = Buffer.from(Array.from({ length: 1 + draw(64) }, () => draw(256)));
      return Buffer.concat([bytes.subarray(0, at), rubbish, bytes.subarray(at)]);
    },
  },
];

function withNumber(bytes: Buffer, at: number, draw: Draw): Buffer {
  const value = interesting[draw(interesting.length)] ?? 0n;
  if (at + 8 <= bytes.length) bytes.writeBigUInt64LE(value, at);
  return bytes;
}

/** Where the length of a text or the count of a list most likely is: eight bytes of which the last six are zero. */
function lengthAt(bytes: Buffer, head: number, draw: Draw): number {
  const end = Math.min(head, bytes.length) - 8;
  const start = draw(Math.max(1, end));
  for (let at = start; at < end; at++) {
    if (bytes.readUInt16LE(at) > 0 && bytes.readUIntLE(at + 2, 6) === 0) return at;
  }
  return start;
}
