/** Gets the bytes of a URL into a partial file, through as many broken connections as it takes. */
import { UserError } from '../command-line/errors.ts';
import { bytes } from '../command-line/format.ts';
import { type Hub, type HubFile, headersFor, hubFileUrl, isBusy, retryAfterMs } from './hub.ts';
import { hubAnswerError, hubNetworkError } from './hub-errors.ts';
import type { PartialFile } from './partial-file.ts';

/** Breaks in a row without a single byte between them. */
const attempts = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A connection on which nothing came for so long is given up. */
const stallMs = 60_000;

/** The transfer stopped; another try may go further. */
class BrokenTransfer extends Error {
  override readonly name = 'BrokenTransfer';
  readonly shown: UserError;
  readonly pauseMs: number | undefined;

  constructor(shown: UserError, pauseMs?: number) {
    super(shown.message);
    this.shown = shown;
    this.pauseMs = pauseMs;
  }
}

/**
 * @param totalBytes undefined when the hub did not say
 * @param progress bytes that are there, earlier runs included
 * @throws UserError when it is hopeless; what has arrived stays
 */
export async function transfer(
  hub: Hub,
  file: HubFile,
  part: PartialFile,
  totalBytes: number | undefined,
  progress: (doneBytes: number) => void,
): Promise<void> {
  let breaks = 0;
  while (totalBytes === undefined || part.doneBytes !== totalBytes) {
    const before = part.doneBytes;
    try {
      await receive(hub, file, part, totalBytes, progress);
      return;
    } catch (error) {
      if (!(error instanceof BrokenTransfer)) throw error;
      breaks = part.doneBytes > before ? 1 : breaks + 1;
      if (breaks >= attempts) throw givenUp(error, file, part, totalBytes);
      await hub.sleep(error.pauseMs ?? Math.min(longestPauseMs, firstPauseMs * 2 ** (breaks - 1)));
    }
  }
}

function givenUp(error: BrokenTransfer, file: HubFile, part: PartialFile, totalBytes: number | undefined): UserError {
  if (part.doneBytes === 0) return error.shown;
  const total = totalBytes === undefined ? '' : ` of ${bytes(totalBytes)}`;
  return new UserError(`fetching ${file.file} broke off ${attempts} times: ${error.message}`, {
    cause: error,
    exitCode: error.shown.exitCode,
    remedy: `${bytes(part.doneBytes)}${total} are kept: the same command goes on from there.`,
  });
}

async function receive(
  hub: Hub,
  file: HubFile,
  part: PartialFile,
  totalBytes: number | undefined,
  progress: (doneBytes: number) => void,
): Promise<void> {
  using stall = stallGuard();
  const answer = await ask(hub, file, part, stall.signal);
  if (answer.status === 416) {
    await part.restart();
    throw new BrokenTransfer(new UserError('the file on the hub is shorter than what had arrived'), 0);
  }
  if (isBusy(answer.status)) throw new BrokenTransfer(hubAnswerError(hub, file, answer), retryAfterMs(answer));
  if (!answer.ok) throw hubAnswerError(hub, file, answer);

  // 200 instead of 206: the server knows no ranges, or the content is another one now. Both begin anew.
  if (answer.status !== 206 || startOf(answer) !== part.doneBytes) await part.restart();
  await part.begin(strongEtag(answer));
  if (answer.status === 206 && startOf(answer) !== part.doneBytes) {
    await answer.body?.cancel();
    throw new BrokenTransfer(new UserError('the hub sent another range than the one asked for'), 0);
  }
  const announced = totalBytes ?? announcedBytes(answer, part.doneBytes);
  await part.append(piecesOf(hub, answer, stall), progress);
  if (announced !== undefined && part.doneBytes < announced) {
    throw new BrokenTransfer(new UserError(`the connection broke after ${bytes(part.doneBytes)}`));
  }
}

async function ask(hub: Hub, file: HubFile, part: PartialFile, signal: AbortSignal): Promise<Response> {
  const url = hubFileUrl(hub, file);
  const headers = headersFor(hub, url);
  if (part.doneBytes > 0) {
    headers.range = `bytes=${part.doneBytes}-`;
    if (part.etag !== undefined) headers['if-range'] = part.etag;
  }
  try {
    return await hub.fetch(url, { headers, signal });
  } catch (error) {
    throw networkFault(hub, error, part);
  }
}

/** Once bytes have come from a hub, a refused connection is a passing fault too. */
function networkFault(hub: Hub, error: unknown, part: PartialFile): Error {
  const said = hubNetworkError(hub, error);
  return said.passing || part.doneBytes > 0 ? new BrokenTransfer(said.error) : said.error;
}

/** The body, piece by piece; a fault of the sender becomes a BrokenTransfer here and nowhere else. */
async function* piecesOf(hub: Hub, answer: Response, stall: StallGuard): AsyncIterable<Uint8Array> {
  if (answer.body === null) return;
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new BrokenTransfer(hubNetworkError(hub, error).error);
      });
      if (done) return;
      stall.alive();
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

interface StallGuard extends Disposable {
  signal: AbortSignal;
  /** Something came. */
  alive: () => void;
}

/** Aborts when nothing came for too long. */
function stallGuard(): StallGuard {
  const controller = new AbortController();
  const abort = () => controller.abort(Object.assign(new Error('stalled'), { code: 'UND_ERR_BODY_TIMEOUT' }));
  let timer = setTimeout(abort, stallMs);
  return {
    signal: controller.signal,
    alive: () => {
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** First byte of a 206 answer. */
function startOf(answer: Response): number | undefined {
  const start = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

function announcedBytes(answer: Response, doneBytes: number): number | undefined {
  const length = answer.headers.get('content-length');
  return length === null ? undefined : doneBytes + Number(length);
}

/** Weak tags may not be used for ranges (RFC 9110, 13.1.5). */
function strongEtag(answer: Response): string | undefined {
  const etag = answer.headers.get('etag');
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}
