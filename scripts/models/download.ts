/**
 * Fetches one file of the hub. A broken transfer goes on where it stopped, now or in the next run; the file gets its name
 * only when size and sha256 are those that were announced.
 */
import { existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../command-line/errors.ts';
import { withLock } from './exclusive-file.ts';
import { hashFile, writeDigestNote } from './file-digest.ts';
import { describeHubFile, type Hub, type HubFile, type HubFileDescription, hubFileUrl } from './hub.ts';
import { withoutTheHub } from './hub-errors.ts';
import { cacheError, type FreeBytes, freeBytesOf, requireSpace } from './model-cache.ts';
import type { ModelProgress } from './model-progress.ts';
import { PartialFile } from './partial-file.ts';
import { transfer } from './transfer.ts';

export interface Expected {
  /** From the registry, where it is known there. */
  sha256: string | undefined;
  bytes: number | undefined;
}

/** @throws UserError; what has arrived by then stays for the next run */
export async function download(
  hub: Hub,
  file: HubFile,
  target: string,
  expected: Expected,
  progress: ModelProgress,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<void> {
  if (existsSync(target)) return;
  const name = basename(file.file);
  await withLock(
    target,
    async () => {
      if (existsSync(target)) return;
      const announced = merge(hub, file, expected, await describeHubFile(hub, file));
      const part = new PartialFile(target, hubFileUrl(hub, file), announced.version);
      if (announced.bytes !== undefined) requireSpace(target, announced.bytes - part.doneBytes, freeBytes);
      const total = announced.bytes ?? 0;
      await transfer(hub, file, part, announced.bytes, (done) => progress({ label: `fetching ${name}`, done, total }));
      const sha256 = await check(hub, file, part, announced, progress);
      try {
        await rename(part.path, target);
        await part.removeState();
        await writeDigestNote(target, sha256, hubFileUrl(hub, file));
      } catch (error) {
        throw cacheError(error, target, 'Writing');
      }
    },
    () => progress({ label: `fetching ${name} (another process is at it)`, done: 0, total: 0 }),
  );
}

/** What the registry knows and what the hub says must agree; either may be silent. */
function merge(hub: Hub, file: HubFile, expected: Expected, said: HubFileDescription): HubFileDescription {
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

async function check(
  hub: Hub,
  file: HubFile,
  part: PartialFile,
  announced: HubFileDescription,
  progress: ModelProgress,
): Promise<string> {
  const { size } = statSync(part.path);
  if (announced.bytes !== undefined && size !== announced.bytes) {
    await discard(part);
    throw damaged(hub, file, `it has ${size} bytes instead of ${announced.bytes}`);
  }
  const label = `checking ${basename(file.file)}`;
  const sha256 = await hashFile(part.path, (done) => progress({ label, done, total: size }));
  if (announced.sha256 !== undefined && sha256 !== announced.sha256) {
    await discard(part);
    throw damaged(hub, file, `its sha256 is ${sha256.slice(0, 12)}… instead of ${announced.sha256.slice(0, 12)}…`);
  }
  return sha256;
}

async function discard(part: PartialFile): Promise<void> {
  await rm(part.path, { force: true });
  await part.removeState();
}

function damaged(hub: Hub, { file }: HubFile, how: string): UserError {
  return new UserError(`${file} arrived damaged from ${hub.url}: ${how}; it was deleted`, {
    remedy: `Fetch it again; if that does not help, another mirror with --hub-url. ${withoutTheHub}`,
  });
}
