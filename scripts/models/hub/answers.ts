/** What an answer of the hub, or of the network, means: its headers, and its failures as one line for people with the next step. */
import { exitCodes, missingError, oneLine, UserError } from '../../command-line/errors.ts';
import { type Hub, type HubFile, withoutTheHub } from './hub.ts';

export function hubAnswerError(hub: Hub, { repository, file }: HubFile, answer: Response): UserError {
  const what = `${repository}/${file}`;
  const page = `${hub.url}/${repository}`;
  const say = (message: string, remedy: string) => missingError(message, remedy);
  switch (answer.status) {
    case 401:
    case 403:
      return hub.token === undefined
        ? say(
            `the hub does not give ${what} to strangers (HTTP ${answer.status})`,
            `Accept its licence at ${page} if it has one, and set HF_TOKEN. ${withoutTheHub}`,
          )
        : say(
            `the hub refuses ${what} to the owner of HF_TOKEN (HTTP ${answer.status})`,
            `Accept its licence at ${page}, and check that the token may read. ${withoutTheHub}`,
          );
    case 404:
      return say(
        `the hub has no ${what} (HTTP 404)`,
        `Look at ${page} for the files there are, and choose another --quantize. ${withoutTheHub}`,
      );
    case 429:
      return say(
        `the hub asks for fewer requests (HTTP 429) while fetching ${what}`,
        `Wait some minutes, or set HF_TOKEN for a higher limit. ${withoutTheHub}`,
      );
    default:
      return say(
        answer.status >= 500
          ? `the hub has trouble of its own (HTTP ${answer.status}) while fetching ${what}`
          : `the hub answered HTTP ${answer.status} for ${what}`,
        `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
      );
  }
}

/**
 * Login pages of networks and proxies come with status 200 in the place of any file.
 * @throws UserError when the answer calls itself a web page
 */
export function refuseWebPage(hub: Hub, { repository, file }: HubFile, answer: Response): void {
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'text/html' || type === 'application/xhtml+xml') throw webPageInstead(hub, `${repository}/${file}`);
}

function webPageInstead(hub: Hub, what: string): UserError {
  return missingError(
    `${hub.url} sent a web page in the place of ${what}`,
    `Look at it in a browser: a network that wants a login does so, and a proxy that refuses. ${withoutTheHub}`,
  );
}

const meanings: Record<string, { meaning: string; passing: boolean }> = {
  ENOTFOUND: { meaning: 'its name does not resolve', passing: false },
  EAI_AGAIN: { meaning: 'its name does not resolve', passing: false },
  ECONNREFUSED: { meaning: 'the connection was refused', passing: false },
  EHOSTUNREACH: { meaning: 'there is no way to it', passing: false },
  ENETUNREACH: { meaning: 'there is no network', passing: false },
  ECONNRESET: { meaning: 'the connection broke', passing: true },
  EPIPE: { meaning: 'the connection broke', passing: true },
  UND_ERR_SOCKET: { meaning: 'the connection broke', passing: true },
  ETIMEDOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_CONNECT_TIMEOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_HEADERS_TIMEOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_BODY_TIMEOUT: { meaning: 'it stopped sending', passing: true },
  CERT_HAS_EXPIRED: { meaning: 'its certificate has expired', passing: false },
  DEPTH_ZERO_SELF_SIGNED_CERT: { meaning: 'its certificate is not trusted', passing: false },
  SELF_SIGNED_CERT_IN_CHAIN: { meaning: 'its certificate is not trusted', passing: false },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { meaning: 'its certificate is not trusted', passing: false },
};

/** @returns the line to show, and whether asking again may help */
export function hubNetworkError(hub: Hub, error: unknown): { error: UserError; passing: boolean } {
  const code = codeOf(error);
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const known = code === undefined ? undefined : meanings[code];
  const meaning = known?.meaning ?? (timedOut ? 'it does not answer' : (code ?? oneLine(error)));
  return {
    passing: known?.passing ?? true,
    error: new UserError(`${hub.url} cannot be reached: ${meaning}`, {
      cause: error,
      exitCode: exitCodes.missing,
      remedy: `Check the network, or name a mirror with --hub-url. ${withoutTheHub}`,
    }),
  };
}

/** fetch wraps the fault that matters, once or twice. */
function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && at.errors[0] instanceof Error && 'code' in at.errors[0]) {
      return String(at.errors[0].code);
    }
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

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
