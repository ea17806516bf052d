/** One connection of a transfer: requests the rest of a file and appends what arrives, never more than was announced. */
import { UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import { encodingOf, isBusy, lengthOf, rangeOf, retryAfterMs, sizeBehind, strongEtag } from './description.ts';
import {
  BrokenTransfer,
  brokenOff,
  hubAnswerError,
  hubNetworkError,
  refuseWebPage,
  type WrongContent,
  wrong,
} from './errors.ts';
import { fetchFollowing, type Hub, type HubFile, headersFor, hubFileUrl, type StallGuard, stallGuard } from './hub.ts';
import type { PartialFile } from './partial-file.ts';

export interface Transfer {
  hub: Hub;
  file: HubFile;
  part: PartialFile;
  /** Undefined when the hub did not say. */
  totalBytes: number | undefined;
  /** @throws UserError when the disk has no room for so many bytes more */
  requireRoom: (moreBytes: number) => void;
  /** Most bytes of a file of unknown size. */
  mostBytes: number;
  /** A connection that is stalled for so long is given up. */
  stallMs: number;
  /** Called with the bytes that have arrived, earlier runs included. */
  progress: (doneBytes: number) => void;
}

/** @returns whether the body came to its end, and the file with it */
export async function receive(job: Transfer): Promise<boolean> {
  const { hub, file, part } = job;
  using stall = stallGuard(job.stallMs);
  const answer = await ask(job, stall.signal);
  try {
    if (answer.status === 416) return await pastTheEnd(job, answer);
    if (isBusy(answer.status)) throw new BrokenTransfer(hubAnswerError(hub, file, answer), retryAfterMs(answer));
    // 204 and others are not files either.
    if (answer.status !== 200 && answer.status !== 206) throw hubAnswerError(hub, file, answer);
    refuseWebPage(hub, file, answer);
    const encoding = encodingOf(answer);
    if (encoding !== undefined) throw wrong(job, `it comes compressed (${encoding}), which was not requested`);
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

/** Prepares the partial file. 200 instead of 206: the server does not support ranges, or the content has changed; both start again. */
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

/** Handles a 416: nothing follows what has arrived. @returns whether that is the whole file */
async function pastTheEnd(job: Transfer, answer: Response): Promise<boolean> {
  const { part, totalBytes } = job;
  const size = sizeBehind(answer);
  if (totalBytes !== undefined && size !== undefined && size !== totalBytes) throw otherSize(job, size);
  if (size !== undefined && size === part.doneBytes) return true;
  await part.restart();
  throw brokenOff(job, 'the file is shorter than what had arrived', 0);
}

/** Announced bytes of the whole file. @throws WrongContent when the server announces two sizes */
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

/** Passes pieces on until more arrives than was announced. */
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
        announced === undefined ? 'it has no announced size, and continues after' : 'more is sent than the announced';
      throw wrong(job, `${more} ${bytes(limit)}`);
    }
    if (announced === undefined) job.requireRoom(piece.length);
    yield piece;
  }
}

async function ask({ hub, file, part }: Transfer, signal: AbortSignal): Promise<Response> {
  // Without a tag or a version, the rest may belong to other content than what has arrived.
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

/** After bytes have arrived from a hub, a refused connection is a temporary fault too. */
function networkFault(hub: Hub, error: unknown, part: PartialFile): Error {
  const said = hubNetworkError(hub, error);
  return said.passing || part.doneBytes > 0 ? new BrokenTransfer(said.error) : said.error;
}

/** The body in pieces; a fault of the sender becomes a BrokenTransfer only here. */
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
