/** The base of a comparison: a revision in a folder of its own, or a folder with a checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baseBuild } from '../../../../scripts/compare/ci/build.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const nothing = () => {};

/** A repository with two commits, of which the second is checked out. */
function repository(): string {
  const folder = outputFolder();
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], {
      stdio: 'pipe',
    });
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'scripts', 'sweep.ts'), 'first');
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  git('tag', 'before');
  writeFileSync(join(folder, 'scripts', 'sweep.ts'), 'second');
  git('commit', '--quiet', '--all', '--message', 'second');
  return folder;
}

describe('a revision', () => {
  it('is checked out beside the tree, with its packages linked, and is gone afterwards', async () => {
    const folder = repository();
    const build = await baseBuild('before', nothing, folder);
    expect(readFileSync(join(build.root, 'scripts', 'sweep.ts'), 'utf8')).toBe('first');
    expect(realpathSync(join(build.root, 'node_modules'))).toBe(realpathSync(join(folder, 'node_modules')));
    expect(build.words).toMatch(/^before \([0-9a-f]{10}\)$/);
    expect(readFileSync(join(folder, 'scripts', 'sweep.ts'), 'utf8')).toBe('second');
    await build[Symbol.asyncDispose]();
    expect(existsSync(build.root)).toBe(false);
    expect(readdirSync(join(folder, 'node_modules'))).toEqual([]);
    expect(existsSync(join(folder, 'node_modules'))).toBe(true);
  });

  it.each(['nowhere', '--output=x', 'main:scripts'])(
    'that git does not know is refused with the next step: %s',
    async (named) => {
      await expect(baseBuild(named, nothing, repository())).rejects.toMatchObject({
        exitCode: 2,
        message: `--baseline ${named} is neither a folder nor a git revision here`,
      });
    },
  );
});

describe('a folder', () => {
  it('is taken as it is, and stays', async () => {
    const folder = repository();
    const build = await baseBuild(folder, nothing);
    expect(build.root).toBe(folder);
    expect(build.words).toMatch(/^folder tokenlap-test-\w+ at [0-9a-f]{10}$/);
    writeFileSync(join(folder, 'scripts', 'sweep.ts'), 'changed');
    const changed = await baseBuild(folder, nothing);
    expect(changed.words).toMatch(/, with changes$/);
    expect(changed.mark).not.toBe(build.mark);
    await build[Symbol.asyncDispose]();
    expect(existsSync(folder)).toBe(true);
  });

  it('without sweep.ts, or without packages, is refused', async () => {
    const folder = outputFolder();
    await expect(baseBuild(folder, nothing)).rejects.toThrow(/has no scripts.sweep\.ts/);
    mkdirSync(join(folder, 'scripts'));
    writeFileSync(join(folder, 'scripts', 'sweep.ts'), '');
    await expect(baseBuild(folder, nothing)).rejects.toThrow(/has no node_modules/);
  });
});
