/** `tokenlap help`: the commands by group; and `tokenlap --version`: which source this is, and on which Node. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { paint } from '../command-line/terminal.ts';
import { commands, groups, repository } from './commands.ts';

export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const sections = groups.map((group) => {
    const lines = commands.filter((command) => command.group === group);
    return [paint('bold', group), ...lines.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`)].join('\n');
  });
  return [
    'Usage: npx tokenlap COMMAND [options]',
    'Measures LLM inference frameworks on the same weights, prompts and clock.',
    ...sections,
    [
      paint('bold', 'Examples'),
      '  npx tokenlap start',
      '  npx tokenlap benchmark --size tiny --quantize f16,q8_0',
      '  npx tokenlap help benchmark --all',
    ].join('\n'),
    'Results go to benchmark_output in the current folder, or to --output DIR.',
  ].join('\n\n');
}

import packageJson from '../../package.json' with { type: 'json' };

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
