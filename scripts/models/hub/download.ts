/**
 * Fetches one file of the hub. A broken transfer resumes where it stopped, now or in the next run; the file gets its name
 * only when size and sha256 are those that were announced.
 */
import { existsSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import { hashFile, writeDigestNote } from '../file-digest.ts';
import { cacheError, type FreeBytes, freeBytesOf, requireSpace } from '../model-cache.ts';
import type { ModelProgress } from '../model-progress.ts';
import { withLock } from '../new-file.ts';
import { announcedFile, type Expected, type HubFileDescription } from './description.ts';
import { BrokenTransfer, brokenOff, damaged, WrongContent } from './errors.ts';
import { type Hub, type HubFile, hubFileUrl } from './hub.ts';
import { PartialFile } from './partial-file.ts';
import { receive, type Transfer } from './receive.ts';

export interface DownloadLimits {
  freeBytes: FreeBytes;
  /** Limit for a file whose size is unknown to the registry and the hub. */
  mostBytes: number;
  stallMs: number;
}

const realLimits: DownloadLimits = { freeBytes: freeBytesOf, mostBytes: 64e9, stallMs: 60_000 };

/** @throws UserError; what has arrived by then stays for the next run, unless it is the wrong content */
export async function download(
  hub: Hub,
  file: HubFile,
  target: string,
  expected: Expected,
  progress: ModelProgress,
  changedLimits: Partial<DownloadLimits> = {},
): Promise<void> {
  if (existsSync(target)) return;
  const name = basename(file.file);
  const { freeBytes, mostBytes, stallMs } = { ...realLimits, ...changedLimits };
  await withLock(
    target,
    async () => {
      if (existsSync(target)) return;
      const announced = await announcedFile(hub, file, expected);
      const part = new PartialFile(target, hubFileUrl(hub, file), announced.version);
      const total = announced.bytes ?? 0;
      try {
        await transfer({
          ...{ hub, file, part, mostBytes, stallMs },
          totalBytes: announced.bytes,
          requireRoom: (moreBytes) => requireSpace(target, moreBytes, freeBytes),
          progress: (done) => progress({ label: `fetching ${name}`, done, total }),
        });
        await keep(part, target, await check(hub, file, part, announced, progress), hubFileUrl(hub, file));
      } catch (error) {
        if (error instanceof WrongContent) await part.discard();
        throw error;
      }
    },
    () => progress({ label: `fetching ${name} (another process is working on it)`, done: 0, total: 0 }),
  );
}

/** @throws WrongContent */
async function check(
  hub: Hub,
  file: HubFile,
  part: PartialFile,
  announced: HubFileDescription,
  progress: ModelProgress,
): Promise<string> {
  const size = statSync(part.path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) throw damaged(hub, file, 'it is empty');
  if (announced.bytes !== undefined && size !== announced.bytes) {
    throw damaged(hub, file, `it has ${size} bytes instead of ${announced.bytes}`);
  }
  const label = `checking ${basename(file.file)}`;
  const sha256 = await hashFile(part.path, (done) => progress({ label, done, total: size }));
  if (announced.sha256 !== undefined && sha256 !== announced.sha256) {
    throw damaged(hub, file, `its sha256 is ${sha256.slice(0, 12)}… instead of ${announced.sha256.slice(0, 12)}…`);
  }
  if (announced.sha256 === undefined && (await beginsAsWebPage(part.path))) {
    throw damaged(hub, file, 'it is a web page, possibly a login page');
  }
  return sha256;
}

async function beginsAsWebPage(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*<(!doctype html|html)/i.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function keep(part: PartialFile, target: string, sha256: string, url: string): Promise<void> {
  try {
    await rename(part.path, target);
    await part.removeState();
    await writeDigestNote(target, sha256, url);
  } catch (error) {
    throw cacheError(error, target, 'Writing');
  }
}

/** Consecutive breaks without progress. */
const attempts = 5;
/** Progress that connections must make together before breaks are counted from zero again. */
const furtherBytes = 1024 * 1024;
const furtherShare = 0.01;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/** @throws UserError when it is hopeless; what has arrived stays, unless it is a WrongContent */
async function transfer(job: Transfer): Promise<void> {
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
    remedy: `${bytes(part.doneBytes)}${total} are kept: the same command resumes from there.`,
  });
}
