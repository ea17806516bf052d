/** `tokenlap --version`: which source this is, and on which Node. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { repository } from './commands.ts';

export async function versionText(): Promise<string> {
  const commit = await commitHere();
  const source = commit === null ? '' : ` (commit ${commit})`;
  return `tokenlap ${packageJson.version}${source}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

/** Null for a copy without history, or a machine without git; `+changes` where files differ from the commit. */
async function commitHere(): Promise<string | null> {
  if (!existsSync(join(repository, '.git'))) return null;
  const git = async (...words: string[]) =>
    (await promisify(execFile)('git', ['-C', repository, ...words])).stdout.trim();
  try {
    const commit = await git('rev-parse', '--short', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+changes`;
  } catch {
    return null;
  }
}
