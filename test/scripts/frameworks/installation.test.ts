import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  installationFolder,
  installationFolders,
  installationsOf,
  installed,
  installVariant,
  removeInstallation,
} from '../../../scripts/frameworks/installation.ts';
import type { FrameworkVariant, VariantRecipe } from '../../../scripts/frameworks/variant.ts';

const variant: FrameworkVariant = {
  name: 'native',
  title: 'an engine, made here',
  gain: 'It is faster.',
  costs: { downloadBytes: 0, installedBytes: 1, workingBytes: 1e6, minutes: 1 },
  recipe: () => Promise.reject(new Error('given by the tests')),
};
const identity = { version: 'v1', processor: 'one' };
const name = { framework: 'engine', variant: 'native' };
const quiet = { progress: () => {}, tell: () => {}, signal: new AbortController().signal };

const recipe = (make: VariantRecipe['make'], missing: Awaited<ReturnType<VariantRecipe['missingTools']>> = []) => ({
  identity,
  missingTools: async () => missing,
  make,
});
const writing = recipe(async ({ folder }) => {
  writeFileSync(join(folder, 'library'), 'twelve bytes');
  return { compiler: 'GNU 12' };
});

describe('an installation', () => {
  let cache = '';
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'tokenlap-installation-'));
    vi.stubEnv('TOKENLAP_CACHE', cache);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  });

  it('lies in a folder named after the version and after everything else that decides what is in it', async () => {
    const made = await installVariant('engine', variant, writing, quiet);
    expect(made).toMatchObject({ ...name, identity, facts: { compiler: 'GNU 12' }, bytes: 12 });
    expect(made.folder).toBe(installationFolder(name, identity));
    expect(made.folder).toContain('engine-native-v1-');
    expect(installed(name, identity)).toEqual(made);
    expect(installed(name, { ...identity, processor: 'another' })).toBeUndefined();
  });

  it('has its marker written last', async () => {
    const folder = installationFolder(name, identity);
    await installVariant(
      'engine',
      variant,
      recipe(async () => {
        expect(readdirSync(folder)).toEqual([]);
        expect(installed(name, identity)).toBeUndefined();
        return {};
      }),
      quiet,
    );
    expect(installed(name, identity)).toBeDefined();
  });

  it('is made anew where a killed one left a folder without a marker', async () => {
    const folder = installationFolder(name, identity);
    mkdirSync(join(folder, 'work'), { recursive: true });
    writeFileSync(join(folder, 'work', 'half'), 'half');
    writeFileSync(`${folder}.lock`, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    await installVariant('engine', variant, writing, quiet);
    expect(readdirSync(folder).sort()).toEqual(['installed.json', 'library']);
  });

  it('is made once when two ask for it at the same time', async () => {
    let made = 0;
    const slow = recipe(async () => {
      made++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return {};
    });
    const [first, second] = await Promise.all([1, 2].map(() => installVariant('engine', variant, slow, quiet)));
    expect(made).toBe(1);
    expect(first).toEqual(second);
  });

  it('leaves nothing behind when the work fails, and names its log', async () => {
    const failing = recipe(async ({ folder, logPath }) => {
      writeFileSync(join(folder, 'half'), '');
      writeFileSync(logPath, 'what the compiler said');
      throw new Error('the compiler gave up');
    });
    const log = `${installationFolder(name, identity)}.log`;
    await expect(installVariant('engine', variant, failing, quiet)).rejects.toThrow(
      `the compiler gave up; its output is in ${log}`,
    );
    expect(existsSync(installationFolder(name, identity))).toBe(false);
    expect(readFileSync(log, 'utf8')).toBe('what the compiler said');
    await installVariant('engine', variant, writing, quiet);
    expect(installed(name, identity)).toBeDefined();
  });

  it('names each missing tool with the command that brings it, before anything is made', async () => {
    const lacking = recipe(
      () => Promise.reject(new Error('must not be reached')),
      [
        { title: 'git', remedy: 'sudo apt install git' },
        { title: 'CMake', remedy: 'sudo apt install cmake' },
      ],
    );
    await expect(installVariant('engine', variant, lacking, quiet)).rejects.toMatchObject({
      message: 'an engine, made here needs git, CMake, which are not on the PATH',
      remedy: expect.stringMatching(/^git: sudo apt install git\n +CMake: sudo apt install cmake$/),
      exitCode: 3,
    });
    expect(installationFolders()).toEqual([]);
  });

  it('is refused where the disk has no room for the work', async () => {
    await expect(installVariant('engine', variant, writing, quiet, () => 1e6)).rejects.toThrow(
      /needs 1\.00 MB, and its disk has 1\.00 MB left/,
    );
    expect(installed(name, identity)).toBeUndefined();
  });

  it('says in one line that the disk is full, with the way out', async () => {
    const full = recipe(async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    });
    await expect(installVariant('engine', variant, full, quiet)).rejects.toMatchObject({
      message: expect.stringContaining('the disk is full'),
      remedy: 'Free some space, or choose another folder with TOKENLAP_CACHE=DIR.',
    });
  });

  it('ends as interrupted, with nothing left, when the person stops it', async () => {
    const stop = new AbortController();
    const stopped = recipe(async ({ folder }) => {
      writeFileSync(join(folder, 'half'), '');
      stop.abort();
      throw new Error('the compiler was ended');
    });
    await expect(installVariant('engine', variant, stopped, { ...quiet, signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(existsSync(installationFolder(name, identity))).toBe(false);
  });

  it('is removed with its log, and not while somebody wants it', async () => {
    const { folder } = await installVariant('engine', variant, writing, quiet);
    writeFileSync(`${folder}.log`, '');
    expect(await removeInstallation(folder, () => false)).toBeNull();
    expect(installationsOf(name)).toHaveLength(1);
    expect(await removeInstallation(folder)).toBeGreaterThan(12);
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});
