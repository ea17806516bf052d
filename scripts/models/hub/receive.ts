/** One connection of a transfer: asks for the rest of a file, and appends what comes, never more than was announced. */
import { exitCodes, missingError, UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import {
  encodingOf,
  hubAnswerError,
  hubNetworkError,
  isBusy,
  lengthOf,
  rangeOf,
  refuseWebPage,
  retryAfterMs,
  sizeBehind,
  strongEtag,
} from './answers.ts';
import { fetchFollowing, type StallGuard, stallGuard } from './connection.ts';
import { type Hub, type HubFile, headersFor, hubFileUrl, withoutTheHub } from './hub.ts';
import type { PartialFile } from './partial-file.ts';

/** The transfer stopped; another try may go further. */
export class BrokenTransfer extends Error {
  override readonly name = 'BrokenTransfer';
  readonly shown: UserError;
  readonly pauseMs: number | undefined;

  constructor(shown: UserError, pauseMs?: number) {
    super(shown.message);
    this.shown = shown;
    this.pauseMs = pauseMs;
  }
}

/** What arrives is not what was announced: none of it is kept. */
export class WrongContent extends UserError {}

export interface Transfer {
  hub: Hub;
  file: HubFile;
  part: PartialFile;
  /** Undefined when the hub did not say. */
  totalBytes: number | undefined;
  /** @throws UserError when the disk has no room for so many bytes more */
  requireRoom: (moreBytes: number) => void;
  /** Most bytes of a file whose size nobody tells. */
  mostBytes: number;
  /** A connection that brings next to nothing for so long is given up. */
  stallMs: number;
  /** Told the bytes that are there, earlier runs included. */
  progress: (doneBytes: number) => void;
}

export function brokenOff({ hub, file }: Transfer, how: string, pauseMs?: number): BrokenTransfer {
  const shown = missingError(
    `fetching ${file.file} from ${hub.url} failed: ${how}`,
    `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
  );
  return new BrokenTransfer(shown, pauseMs);
}

/** @returns whether the body came to its end, and the file with it */
export async function receive(job: Transfer): Promise<boolean> {
  const { hub, file, part } = job;
  using stall = stallGuard(job.stallMs);
  const answer = await ask(job, stall.signal);
  try {
    if (answer.status === 416) return await pastTheEnd(job, answer);
    if (isBusy(answer.status)) throw new BrokenTransfer(hubAnswerError(hub, file, answer), retryAfterMs(answer));
    // 204 and the like are no file either.
    if (answer.status !== 200 && answer.status !== 206) throw hubAnswerError(hub, file, answer);
    refuseWebPage(hub, file, answer);
    const encoding = encodingOf(answer);
    if (encoding !== undefined) throw wrong(job, `it comes compressed (${encoding}), which nobody asked for`);
    await beginAt(job, answer);
    const announced = announcedBytes(job, answer);
    if (job.totalBytes === undefined) job.requireRoom((announced ?? part.doneBytes) - part.doneBytes);
    await part.append(bounded(job, announced, piecesOf(hub, answer, stall)), job.progress);
    return announced === undefined || part.doneBytes === announced;
  } finally {
    // An answer that was not read to its end keeps its connection.
    if (answer.body?.locked === false) await answer.body.cancel().catch(() => {});
  }
}

/** 200 instead of 206: the server knows no ranges, or the content is another one now. Both begin anew. */
async function beginAt(job: Transfer, answer: Response): Promise<void> {
  const { part } = job;
  const etag = strongEtag(answer);
  if (answer.status === 206) {
    const range = rangeOf(answer);
    if (range?.start !== part.doneBytes || range.lastByte < range.start) {
      throw brokenOff(job, 'another range was sent than the one asked for', 0);
    }
    if (part.etag !== undefined && etag !== undefined && etag !== part.etag) {
      await part.restart();
      throw brokenOff(job, 'the file changed meanwhile', 0);
    }
  } else if (part.doneBytes > 0) {
    await part.restart();
  }
  await part.begin(etag);
}

/** 416: nothing lies behind what has arrived. @returns whether that is the whole file */
async function pastTheEnd(job: Transfer, answer: Response): Promise<boolean> {
  const { part, totalBytes } = job;
  const size = sizeBehind(answer);
  if (totalBytes !== undefined && size !== undefined && size !== totalBytes) throw otherSize(job, size);
  if (size !== undefined && size === part.doneBytes) return true;
  await part.restart();
  throw brokenOff(job, 'the file is shorter than what had arrived', 0);
}

/** Of the whole file. @throws WrongContent when the server tells two sizes */
function announcedBytes(job: Transfer, answer: Response): number | undefined {
  const { part, totalBytes } = job;
  const length = lengthOf(answer);
  const told = answer.status === 206 ? rangeOf(answer)?.totalBytes : length;
  if (told !== undefined && totalBytes !== undefined && told !== totalBytes) throw otherSize(job, told);
  return totalBytes ?? told ?? (length === undefined ? undefined : part.doneBytes + length);
}

function otherSize(job: Transfer, size: number): WrongContent {
  return wrong(job, `it was announced with ${job.totalBytes} bytes, and has ${size}`);
}

function wrong({ hub, file }: Transfer, how: string): WrongContent {
  return new WrongContent(`${file.file} cannot be fetched from ${hub.url}: ${how}`, {
    exitCode: exitCodes.missing,
    remedy: `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
  });
}

/** The pieces, as long as they are no more than was announced. */
async function* bounded(
  job: Transfer,
  announced: number | undefined,
  pieces: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const limit = announced ?? job.mostBytes;
  let left = limit - job.part.doneBytes;
  for await (const piece of pieces) {
    left -= piece.length;
    if (left < 0) {
      const more =
        announced === undefined ? 'it has no announced size, and goes on after' : 'more is sent than the announced';
      throw wrong(job, `${more} ${bytes(limit)}`);
    }
    if (announced === undefined) job.requireRoom(piece.length);
    yield piece;
  }
}

async function ask({ hub, file, part }: Transfer, signal: AbortSignal): Promise<Response> {
  // Without a tag or a version nobody could tell whether the rest belongs to what has arrived.
  if (part.doneBytes > 0 && !part.resumable) await part.restart();
  const range: Record<string, string> = part.doneBytes === 0 ? {} : { range: `bytes=${part.doneBytes}-` };
  const condition: Record<string, string> =
    part.doneBytes === 0 || part.etag === undefined ? {} : { 'if-range': part.etag };
  try {
    const { answer } = await fetchFollowing(hub.fetch, hubFileUrl(hub, file), (url) => ({
      headers: { ...headersFor(hub, url), ...range, ...condition },
      signal,
    }));
    return answer;
  } catch (error) {
    if (error instanceof UserError) throw error;
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
      stall.alive(value.length);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
