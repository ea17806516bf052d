/** Files written together, all or none, and never through a link. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from '../../scripts/command-line/errors.ts';
import { makeFolder } from '../../scripts/command-line/files/folders.ts';

export interface OutputFile {
  path: string;
  content: string | Uint8Array;
}

/**
 * All are written under temporary names first, so that a full disk leaves the files of last time as they were.
 * @throws UserError naming the file that could not be written
 */
export async function writeFiles(files: readonly OutputFile[]): Promise<void> {
  const written: Array<{ temporary: string; path: string }> = [];
  try {
    for (const { path, content } of files) {
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
      written.push({ temporary, path });
      await attempt(path, async () => {
        makeFolder(dirname(path));
        // A link that was planted there would lead the write somewhere else.
        await rm(temporary, { force: true });
        await writeFile(temporary, content, { flag: 'wx' });
      });
    }
    for (const { temporary, path } of written) await attempt(path, () => rename(temporary, path));
  } finally {
    await Promise.all(written.map(({ temporary }) => rm(temporary, { force: true }).catch(() => {})));
  }
}

/** @throws UserError naming the file that could not be removed */
export async function removeFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw fileError(error, path, 'removing');
    }
  }
}

async function attempt(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}
