/** The builds of a bisection in their order, the good one first: revisions of a git repository, or the lines of a file. */
import { execFileSync } from 'node:child_process';
import { exitCodes, UserError, usageError } from '../../../scripts/command-line/errors.ts';
import { textLimits } from '../../../scripts/command-line/files/input-limits.ts';
import { readText } from '../../../scripts/command-line/files/text-file.ts';
import { withSuggestion } from '../../../scripts/command-line/options.ts';

export interface Ends {
  good: string;
  bad: string;
}

/**
 * Commits from the good revision to the bad one along the first parents, oldest first.
 * @throws UserError where one of them is no commit, or the good one is no ancestor of the bad one
 */
export function revisionsBetween(repository: string, { good, bad }: Ends): string[] {
  const [from, to] = [commitOf(repository, good), commitOf(repository, bad)];
  if (from === to) throw usageError(`${good} and ${bad} are the same commit`, 'Name two builds that differ.');
  const between = git(repository, ['rev-list', '--reverse', '--first-parent', `${from}..${to}`]).split('\n');
  const parents = git(repository, ['rev-list', '--first-parent', to]).split('\n');
  if (parents.includes(from)) return [from, ...between];
  throw usageError(
    `${good} is no ancestor of ${bad} along its first parents`,
    'Exchange the two, or list the builds in a file and name it with --builds.',
  );
}

function commitOf(repository: string, revision: string): string {
  try {
    return git(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw usageError(
      `${revision} is no commit of ${repository}`,
      'Name a revision as git knows it, or the repository with --repository DIR.',
    );
  }
}

function git(repository: string, words: readonly string[]): string {
  try {
    return execFileSync('git', ['-C', repository, ...words], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError('git is not here', {
        cause: error,
        exitCode: exitCodes.missing,
        remedy: 'Install git, or list the builds in a file and name it with --builds.',
      });
    }
    throw error;
  }
}

/** One build a line, in order; empty lines and those that begin with # are none. Lines before the good and behind the bad one are left out. */
export function buildsInFile(path: string, { good, bad }: Ends): string[] {
  const lines = readText(path, 'reading the builds', textLimits.settings)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const placeOf = (build: string) => {
    const place = lines.indexOf(build);
    if (place !== -1) return place;
    throw usageError(
      withSuggestion(`${build} is no line of ${path}`, build, lines),
      'Name --good and --bad as they stand there.',
    );
  };
  const [first, last] = [placeOf(good), placeOf(bad)];
  if (first < last) return lines.slice(first, last + 1);
  throw usageError(
    `${good} does not stand before ${bad} in ${path}`,
    'Exchange the two, or turn the list round: oldest first.',
  );
}
