/** Which source this is: the commit of the suite itself. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const suite = fileURLToPath(new URL('../../../', import.meta.url));

let known: Promise<string | null> | undefined;

/**
 * The full hash of the commit, with `+changes` where files differ from it. Read once per process.
 * @returns null for a copy without history, and on a machine without git
 */
export function revisionHere(): Promise<string | null> {
  known ??= readRevision();
  return known;
}

async function readRevision(): Promise<string | null> {
  if (!existsSync(join(suite, '.git'))) return null;
  // A run writes nothing beside its output: without the option `status` would renew git's index.
  const asking = ['-C', suite, '--no-optional-locks'];
  const git = async (...words: string[]) => (await promisify(execFile)('git', [...asking, ...words])).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+changes`;
  } catch {
    return null;
  }
}
