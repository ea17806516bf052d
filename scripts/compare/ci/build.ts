/** The two builds: the tree that runs, and a base that is a git revision in a folder of its own, or a folder with a checkout. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { oneLine, UserError, usageError } from '../../command-line/errors.ts';
import { fileNamePart } from '../../command-line/files/folders.ts';
import { repositoryRoot } from '../../models/registry.ts';

export interface Build extends AsyncDisposable {
  root: string;
  words: string;
  /** Stands for its source in the names of sweeps: another source has another one. */
  mark: string;
}

const sweepScript = join('scripts', 'sweep.ts');

/** The tree of this script. */
export async function headBuild(): Promise<Build> {
  return { ...(await sourceOf(repositoryRoot, 'working tree')), root: repositoryRoot, ...nothingToRemove };
}

const nothingToRemove = { [Symbol.asyncDispose]: async () => {} };

/**
 * @param named a git revision, or a folder with a checkout and its node_modules
 * @param tell called before what takes long
 * @throws UserError for what is neither
 */
export async function baseBuild(
  named: string,
  tell: (what: string) => void,
  repository = repositoryRoot,
): Promise<Build> {
  if (existsSync(named) && statSync(named).isDirectory()) return folderBuild(resolve(named), named);
  const commit = await commitOf(named, repository);
  const root = join(tmpdir(), `tokenlap-baseline-${commit.slice(0, 12)}-${process.pid}`);
  const remove = async () => {
    await git(repository, 'worktree', 'remove', '--force', root).catch(() =>
      rm(root, { recursive: true, force: true }),
    );
  };
  try {
    await git(repository, 'worktree', 'add', '--detach', root, commit);
    requireSweep(root, named);
    await installInto(root, repository, tell);
  } catch (error) {
    await remove();
    throw error;
  }
  const mark = commit.slice(0, 10);
  return { root, mark, words: named === commit ? mark : `${named} (${mark})`, [Symbol.asyncDispose]: remove };
}

async function folderBuild(root: string, named: string): Promise<Build> {
  requireSweep(root, named);
  if (!existsSync(join(root, 'node_modules'))) {
    throw usageError(`${named} has no node_modules`, `Install them first: npm ci --prefix ${named}`);
  }
  return { ...(await sourceOf(root, `folder ${basename(root)}`)), root, ...nothingToRemove };
}

function requireSweep(root: string, named: string): void {
  if (existsSync(join(root, sweepScript))) return;
  throw usageError(`${named} has no ${sweepScript}, by which a build is measured`, 'Name another revision or folder.');
}

async function commitOf(named: string, repository: string): Promise<string> {
  try {
    return await git(repository, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`);
  } catch (error) {
    if (existsSync(join(repository, '.git'))) {
      throw usageError(
        `--baseline ${named} is neither a folder nor a git revision here`,
        'Name a branch, a tag or a commit that `git rev-parse` knows; in CI, fetch it first: git fetch --depth 1 origin main.',
      );
    }
    throw new UserError(`--baseline ${named} needs git and a repository: ${oneLine(error)}`, {
      remedy: 'Name a folder with a checkout in its place.',
    });
  }
}

/** Equal lock files have equal packages, which are then linked; others are installed, which takes a minute. */
async function installInto(root: string, repository: string, tell: (what: string) => void): Promise<void> {
  const lock = (tree: string) => readFileSync(join(tree, 'package-lock.json'), 'utf8');
  if (lock(root) === lock(repository)) {
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction');
    return;
  }
  tell('installing the packages of the base');
  try {
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, maxBuffer: 1 << 26 });
  } catch (error) {
    throw new UserError(`installing the packages of the base failed: ${oneLine(error)}`, {
      remedy: 'Check it out and install it by hand, and give its folder as --baseline.',
    });
  }
}

/** By commit, and for a tree with changes by these. Without git: by the place of the folder. */
async function sourceOf(root: string, kind: string): Promise<Pick<Build, 'words' | 'mark'>> {
  try {
    const commit = (await git(root, 'rev-parse', 'HEAD')).slice(0, 10);
    const untracked = await git(root, 'ls-files', '--others', '--exclude-standard', '--', 'scripts', 'configs');
    const changes = `${await git(root, 'diff', 'HEAD')}${untracked}`;
    if (changes === '') return { words: `${kind} at ${commit}`, mark: commit };
    return { words: `${kind} at ${commit}, with changes`, mark: `${commit}-${hashOf(changes)}` };
  } catch {
    return { words: kind, mark: `${fileNamePart(basename(root)).slice(0, 8)}-${hashOf(root)}` };
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

async function git(root: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', root, '--no-optional-locks', ...words], {
    maxBuffer: 1 << 28,
  });
  return stdout.trim();
}
