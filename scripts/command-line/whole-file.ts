/** A small file is written whole or not at all, and never through a link: what lies at its place is replaced, not opened. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where a file is written that will replace the one of that path. */
export function nextPath(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.next`);
}

/** @throws the operating system's error; the file is as it was then */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const next = nextPath(path);
  // A link that was planted there would lead the write somewhere else.
  rmSync(next, { force: true });
  try {
    writeFileSync(next, content, { flag: 'wx' });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
