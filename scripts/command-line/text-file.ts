/**
 * How a text file is read: UTF-8 and nothing else, because replacing what is wrong with it would make another text of it.
 * The byte order mark that spreadsheets and editors of Windows put first is no part of the text.
 */
import { readFileSync, type Stats } from 'node:fs';
import { exitCodes, fileError, UserError } from './errors.ts';

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
export function textOf(bytes: Uint8Array, path: string): string {
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
