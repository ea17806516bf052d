/** Lock files of two tiny packages, resolved by real pip from a folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { lockedPackages, lockPath } from '../../../../scripts/frameworks/python-environment/environment.ts';
import { writeLock } from '../../../../scripts/frameworks/python-environment/lock.ts';
import { environmentRecipe } from '../../../../scripts/frameworks/python-environment/recipe.ts';
import { isPythonVariant } from '../../../../scripts/frameworks/python-environment/variant.ts';
import { frameworks } from '../../../../scripts/frameworks/registry.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { sourcePackage, tinyEnvironment, tinyPackages, wheel } from '../../../fakes/wheels.ts';

const signal = new AbortController().signal;
const locking = { python: undefined, offline: true, signal, progress: () => {} };

beforeEach(() => {
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null');
  vi.stubEnv('PIP_FIND_LINKS', '');
});

test('a lock file names every package that is needed, with the hash of its file, and says what made it', async () => {
  const place = outputFolder();
  const { folder, wheels } = tinyPackages(place);
  const path = join(place, 'made.txt');
  const others = [{ platform: 'win_amd64', python: '3.12' }];
  const lock = await writeLock(tinyEnvironment, { ...locking, findLinks: [folder], others }, path);
  const expected = wheels.map(({ name, version, hash }) => ({ name, version, hashes: [hash] }));
  expect(lock).toEqual({ path, packages: expected, without: [] });
  expect(lockedPackages(path)).toEqual(expected);
  expect(readFileSync(path, 'utf8').split('\n').slice(0, 2)).toEqual([
    '# Made by: npx tsx scripts/frameworks.ts lock tiny --variant cpu',
    '# From: tinyengine==1.0',
  ]);
});

test('a system where a package needs one that the lock does not have is named, and its file is not locked', async () => {
  const place = outputFolder();
  const { folder } = tinyPackages(place, '1.0', ['tinydriver; sys_platform == "win32"', 'tinyextra; extra == "more"']);
  const path = join(place, 'made.txt');
  const others = ['win_amd64', 'manylinux_2_28_x86_64'].map((platform) => ({ platform, python: '3.12' }));
  const lock = await writeLock(tinyEnvironment, { ...locking, findLinks: [folder], others }, path);
  expect(lock.without).toEqual(['win_amd64 3.12']);
  expect(readFileSync(path, 'utf8')).toContain('# Not available for: win_amd64 3.12\n');
});

test('a package that is published as source only is left out where nothing needs it, here and on other systems', async () => {
  const place = outputFolder();
  const { folder, wheels } = tinyPackages(place, '1.0', ['old_source']);
  sourcePackage(folder, 'old_source', '0.1');
  const path = join(place, 'made.txt');
  const others = [{ platform: 'win_amd64', python: '3.12' }];
  const choices = { ...locking, findLinks: [folder], others };
  await expect(writeLock(tinyEnvironment, choices, path)).rejects.toThrow(/old.source/);
  const environment = { ...tinyEnvironment, omitted: ['old-source'] };
  const lock = await writeLock(environment, { ...choices, madeBy: 'make lock' }, path);
  expect(lock.packages.map(({ name }) => name)).toEqual(wheels.map(({ name }) => name));
  expect(lock.without).toEqual([]);
  expect(readFileSync(path, 'utf8').split('\n').slice(0, 3)).toEqual([
    '# Made by: make lock',
    '# From: tinyengine==1.0',
    '# Without: old-source',
  ]);
});

test.skipIf(skipped(process.platform !== 'linux' || process.arch !== 'x64', 'a build for Linux on x64 alone'))(
  'a build of its own is pinned for its systems, and the published one for the others',
  async () => {
    const place = outputFolder();
    const folder = join(place, 'wheels');
    const own = wheel(folder, 'tinyengine', '1.0+cpu', { platform: 'manylinux_2_17_x86_64' });
    const published = wheel(folder, 'tinyengine', '1.0', { platform: 'win_amd64' });
    const path = join(place, 'made.txt');
    const others = ['win_amd64', 'manylinux_2_28_x86_64'].map((platform) => ({ platform, python: '3.12' }));
    const lock = await writeLock(tinyEnvironment, { ...locking, findLinks: [folder], others }, path);
    expect(lock.packages).toEqual([
      {
        ...{ name: 'tinyengine', version: '1.0+cpu', hashes: [own.hash] },
        where: 'sys_platform == "linux" and platform_machine == "x86_64"',
      },
      {
        ...{ name: 'tinyengine', version: '1.0', hashes: [published.hash] },
        where: '(sys_platform != "linux" or platform_machine != "x86_64")',
      },
    ]);
    expect(lockedPackages(path)).toEqual(lock.packages);
  },
);

test('another version is another identity, and the same lock the same', () => {
  const place = outputFolder();
  const [old, newer] = [tinyPackages(place, '1.0'), tinyPackages(place, '1.1')];
  const identityOf = (path: string) => environmentRecipe(tinyEnvironment, path).identity;
  expect(identityOf(old.lockPath)).toEqual(identityOf(old.lockPath));
  expect(identityOf(old.lockPath)).toMatchObject({ version: '1.0' });
  expect(identityOf(newer.lockPath).lock).not.toBe(identityOf(old.lockPath).lock);
});

test('what cannot be resolved is one line, and leaves the lock file as it is', async () => {
  const place = outputFolder();
  const { lockPath: path } = tinyPackages(place);
  const before = readFileSync(path, 'utf8');
  await expect(
    writeLock(tinyEnvironment, { ...locking, findLinks: [outputFolder()], others: [] }, path),
  ).rejects.toThrow(/tiny cpu: a package is not available .*tinyengine==1\.0/);
  expect(readFileSync(path, 'utf8')).toBe(before);
});

const environments = frameworks.flatMap(({ variants = [] }) => variants.filter(isPythonVariant));

test.each(environments.map(({ environment }) => environment))(
  'the lock file of $framework $name has each package that its description asks for, pinned and hashed',
  (environment) => {
    const packages = lockedPackages(lockPath(environment));
    for (const wanted of environment.requirements) {
      expect(packages.map(({ name, version }) => `${name}==${version}`)).toContain(wanted);
    }
    const [, version = '?'] = environment.requirements[0]?.split('==') ?? [];
    expect(environmentRecipe(environment, lockPath(environment)).identity.version.split('+')[0]).toBe(version);
    for (const { name, hashes } of packages) expect(hashes.length, name).toBeGreaterThan(0);
    const { downloadBytes, installedBytes, workingBytes, minutes } = environment.costs;
    expect(Math.min(downloadBytes, installedBytes, minutes)).toBeGreaterThan(0);
    expect(workingBytes).toBeGreaterThanOrEqual(installedBytes);
  },
);
