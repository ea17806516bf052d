/**
 * How a text file is read: as far as its kind may go, so that a wrong file ends in a line and not in a full memory; in UTF-8 and
 * nothing else, because replacing what is wrong with it would make another text of it. The byte order mark that spreadsheets and
 * editors of Windows put first is no part of the text.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { exitCodes, fileError, UserError } from '../errors.ts';
import { bytes } from '../format.ts';
import { jsonLimits } from './input-limits.ts';

const mark = '\ufeff';

export function withoutMark(text: string): string {
  return text.startsWith(mark) ? text.slice(mark.length) : text;
}

/** @throws the operating system's error; UserError where it is not UTF-8 */
export function readTextFile(path: string): string {
  return textOf(readFileSync(path), path);
}

/** For files that nobody named, but that have a place of their own: a pipe there would be waited for. @throws UserError */
export function requireRegularFile(stat: Stats, path: string): void {
  if (stat.isFile() || stat.isDirectory()) return;
  throw new UserError(`${path} is no file: a pipe, a socket or a device`, { remedy: 'Remove it.' });
}

/** @throws UserError where it is not UTF-8 */
function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UserError(`${path} is not in UTF-8`, {
      cause: error,
      exitCode: exitCodes.usage,
      remedy: 'Save it in UTF-8, or fetch it again.',
    });
  }
}

/**
 * A file that a person named.
 * @param doing for the message: 'reading the questions'
 * @throws UserError only
 */
export function readNamedText(path: string, doing: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw fileError(error, path, doing);
  }
}

/**
 * @param doing for messages: 'reading the questions'
 * @param mostBytes one of `textLimits`
 * @throws UserError when it cannot be read or is larger
 */
export function readBounded(path: string, doing: string, mostBytes: number): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const stat = fstatSync(file);
      const size = stat.isFile() ? stat.size : 0;
      if (size > mostBytes) throw tooLarge(path, bytes(size), mostBytes);
      return readUpTo(file, mostBytes, path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path, doing);
  }
}

/** Without a byte order mark. @throws UserError as readBounded, and for what is not UTF-8 */
export function readText(path: string, doing: string, mostBytes: number): string {
  return textOf(readBounded(path, doing, mostBytes), path);
}

const pieceBytes = 1024 * 1024;

/** Reads to the end, since the reported size may be wrong: pipes and files that grow have another one. */
function readUpTo(file: number, mostBytes: number, path: string): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const got = readSync(file, piece, 0, pieceBytes, null);
    if (got === 0) return Buffer.concat(pieces, total);
    total += got;
    if (total > mostBytes) throw tooLarge(path, `more than ${bytes(mostBytes)}`, mostBytes);
    pieces.push(got < pieceBytes ? Buffer.from(piece.subarray(0, got)) : piece);
  }
}

function tooLarge(path: string, size: string, mostBytes: number): UserError {
  return new UserError(`${path} has ${size}, and of such a file up to ${bytes(mostBytes)} are read`, {
    exitCode: exitCodes.usage,
    remedy: 'Check that it is the right file.',
  });
}

/**
 * As JSON.parse, which takes many times the memory of its text, and more for each level.
 * @throws SyntaxError also for what is nested too deep or has too many values
 */
export function parseJson(text: string): unknown {
  requireModest(text);
  return JSON.parse(text);
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** @throws SyntaxError when it is nested deeper or has more values than `jsonLimits` */
export function requireModest(text: string): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === quote) {
      at = endOfString(text, at);
    } else if (sign === comma) {
      values++;
    } else if (sign === openBracket || sign === openBrace) {
      values++;
      if (++depth > jsonLimits.depth) throw new SyntaxError(`it is nested deeper than ${jsonLimits.depth} levels`);
    } else if (sign === closeBracket || sign === closeBrace) {
      depth--;
    }
    if (values > jsonLimits.values) throw new SyntaxError(`it has more than ${jsonLimits.values} values`);
  }
}

/** Where the string ends that begins there. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === quote) return at;
    if (sign === backslash) at++;
  }
  return text.length;
}
