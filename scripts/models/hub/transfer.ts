/** Gets the bytes of a URL into a partial file, through as many broken connections as it takes. */
import { UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import { BrokenTransfer, brokenOff, receive, type Transfer } from './receive.ts';

/** Breaks in a row that brought the file no further. */
const attempts = 5;
/** What connections have to bring, together, for the breaks to be counted anew. */
const furtherBytes = 1024 * 1024;
const furtherShare = 0.01;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/** @throws UserError when it is hopeless; what has arrived stays, unless it is a WrongContent */
export async function transfer(job: Transfer): Promise<void> {
  const { hub, part, totalBytes } = job;
  if (totalBytes !== undefined && part.doneBytes > totalBytes) await part.restart();
  if (totalBytes !== undefined) job.requireRoom(totalBytes - part.doneBytes);
  const enough = Math.min(furtherBytes, furtherShare * (totalBytes ?? Number.POSITIVE_INFINITY));
  let breaks = 0;
  let counted = part.doneBytes;
  while (totalBytes === undefined || part.doneBytes !== totalBytes) {
    try {
      if (await receive(job)) return;
      throw brokenOff(job, `the connection broke after ${bytes(part.doneBytes)}`);
    } catch (error) {
      if (!(error instanceof BrokenTransfer)) throw error;
      const further = part.doneBytes >= counted + enough;
      breaks = further ? 1 : breaks + 1;
      if (further) counted = part.doneBytes;
      if (breaks >= attempts) throw givenUp(error, job);
      await hub.sleep(error.pauseMs ?? Math.min(longestPauseMs, firstPauseMs * 2 ** (breaks - 1)));
    }
  }
}

function givenUp(error: BrokenTransfer, { file, part, totalBytes }: Transfer): UserError {
  if (part.doneBytes === 0) return error.shown;
  const total = totalBytes === undefined ? '' : ` of ${bytes(totalBytes)}`;
  return new UserError(`fetching ${file.file} broke off ${attempts} times: ${error.message}`, {
    cause: error,
    exitCode: error.shown.exitCode,
    remedy: `${bytes(part.doneBytes)}${total} are kept: the same command goes on from there.`,
  });
}
