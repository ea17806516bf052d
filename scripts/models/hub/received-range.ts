/** Which part of a file an answer says that it is (RFC 9110, 14.4). */

export interface ReceivedRange {
  start: number;
  /** Its position, not the number of bytes. */
  lastByte: number;
  /** Undefined where the server does not tell. */
  totalBytes: number | undefined;
}

/** Of a 206; undefined where it does not say, or says it in another unit. */
export function rangeOf(answer: Response): ReceivedRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(answer.headers.get('content-range') ?? '');
  if (match === null) return undefined;
  const [, start, lastByte, total] = match;
  return { start: Number(start), lastByte: Number(lastByte), totalBytes: total === '*' ? undefined : Number(total) };
}

/** Of a 416: the size of the file that has no such range. */
export function sizeBehind(answer: Response): number | undefined {
  const size = /^bytes \*\/(\d{1,15})$/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}
