/** What the headers of an answer say: length, encoding, range (RFC 9110, 14.4), and when to ask again. */

/** Bytes of the body as it was announced; undefined where it was not, or is that of something compressed. */
export function lengthOf(answer: Response): number | undefined {
  return encodingOf(answer) === undefined ? byteCount(answer.headers.get('content-length')) : undefined;
}

/** What the body is compressed with, although `identity` was asked for. */
export function encodingOf(answer: Response): string | undefined {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding;
}

/** A count in a header; no file of a model is empty, so that 0 says nothing either. */
export function byteCount(text: string | null): number | undefined {
  if (text === null || !/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

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

export function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** What the server asks to wait, at most a minute: seconds, or a date. */
export function retryAfterMs(answer: Response): number | undefined {
  const asked = answer.headers.get('retry-after');
  if (asked === null) return undefined;
  const ms = /^\d+$/.test(asked.trim()) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(60_000, Math.max(0, ms));
}

/** Weak tags may not be used for ranges (RFC 9110, 13.1.5). */
export function strongEtag(answer: Response): string | undefined {
  const etag = answer.headers.get('etag');
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}
