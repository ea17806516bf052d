/** What the hub says about a file: before it is fetched, and in the headers of any answer. */
import { UserError } from '../../command-line/errors.ts';
import { hubAnswerError, hubNetworkError, refuseWebPage } from './errors.ts';
import { fetchFollowing, type Hub, type HubFile, headersFor, hubFileUrl } from './hub.ts';

export interface HubFileDescription {
  /** sha256 of the content; the hub gives it for large files only. */
  sha256: string | undefined;
  bytes: number | undefined;
  /** Distinguishes versions of the file. */
  version: string | undefined;
}

/**
 * Asks for the head of a file. The hub answers for a large file with a redirection to where its bytes are; the sha256
 * and the size are in that answer (X-Linked-Etag, X-Linked-Size), so such a redirection is not followed.
 * @throws UserError for every answer that is not a file
 */
async function describeHubFile(hub: Hub, file: HubFile): Promise<HubFileDescription> {
  const { answer } = await fetchFollowing(
    (url, init) => request(hub, url, init),
    hubFileUrl(hub, file),
    (url) => ({ method: 'HEAD', headers: headersFor(hub, url) }),
    ({ headers }) => headers.has('x-linked-etag') || headers.has('x-linked-size'),
  );
  // A mirror without HEAD: the file is fetched without a description.
  if (answer.status === 405 || answer.status === 501)
    return { sha256: undefined, bytes: undefined, version: undefined };
  if (answer.status >= 400) throw hubAnswerError(hub, file, answer);
  if (answer.ok) refuseWebPage(hub, file, answer);
  const etag = unquote(answer.headers.get('x-linked-etag') ?? answer.headers.get('etag'));
  return {
    sha256: etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? etag : undefined,
    bytes: byteCount(answer.headers.get('x-linked-size')) ?? (answer.ok ? lengthOf(answer) : undefined),
    version: etag,
  };
}

export interface Expected {
  /** According to the registry, if it is known there. */
  sha256: string | undefined;
  bytes: number | undefined;
}

/** Registry and hub must agree where both know something. */
export async function announcedFile(hub: Hub, file: HubFile, expected: Expected): Promise<HubFileDescription> {
  const said = await describeHubFile(hub, file);
  const conflict =
    (expected.sha256 !== undefined && said.sha256 !== undefined && expected.sha256 !== said.sha256) ||
    (expected.bytes !== undefined && said.bytes !== undefined && expected.bytes !== said.bytes);
  if (conflict) {
    throw new UserError(`${hub.url} has another ${file.repository}/${file.file} than configs/models.json expects`, {
      remedy: 'Correct sha256 and bytes in configs/models.json if the new file is wanted; see docs/models.md.',
    });
  }
  return { ...said, sha256: expected.sha256 ?? said.sha256, bytes: expected.bytes ?? said.bytes };
}

const patience = { attempts: 3, firstPauseMs: 500 };

/** Repeats a request after a temporary fault; a name that does not resolve and a refused connection are final at once. */
async function request(hub: Hub, url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let answer: Response;
    try {
      answer = await hub.fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    } catch (error) {
      const said = hubNetworkError(hub, error);
      if (!said.passing || attempt >= patience.attempts) throw said.error;
      await hub.sleep(patience.firstPauseMs * 2 ** (attempt - 1));
      continue;
    }
    if (!isBusy(answer.status) || attempt >= patience.attempts) return answer;
    await answer.body?.cancel();
    await hub.sleep(retryAfterMs(answer) ?? patience.firstPauseMs * 2 ** (attempt - 1));
  }
}

function unquote(etag: string | null): string | undefined {
  return etag === null ? undefined : etag.replace(/^W\//, '').replaceAll('"', '');
}

/** Announced bytes of the body; undefined if none were, or the body is compressed. */
export function lengthOf(answer: Response): number | undefined {
  return encodingOf(answer) === undefined ? byteCount(answer.headers.get('content-length')) : undefined;
}

/** The compression of the body, although `identity` was requested; undefined for none. */
export function encodingOf(answer: Response): string | undefined {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding;
}

/** A count in a header. No file of a model is empty, so 0 counts as unknown. */
function byteCount(text: string | null): number | undefined {
  if (text === null || !/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

export interface ReceivedRange {
  start: number;
  /** Its position, not the number of bytes. */
  lastByte: number;
  /** Undefined where the server does not say. */
  totalBytes: number | undefined;
}

/** The range in a 206 (RFC 9110, 14.4); undefined where it is not given, or in another unit than bytes. */
export function rangeOf(answer: Response): ReceivedRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(answer.headers.get('content-range') ?? '');
  if (match === null) return undefined;
  const [, start, lastByte, total] = match;
  return { start: Number(start), lastByte: Number(lastByte), totalBytes: total === '*' ? undefined : Number(total) };
}

/** The size of the file in a 416, which has no such range. */
export function sizeBehind(answer: Response): number | undefined {
  const size = /^bytes \*\/(\d{1,15})$/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

export function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** How long the server asks to wait, at most a minute. The header has seconds, or a date. */
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
