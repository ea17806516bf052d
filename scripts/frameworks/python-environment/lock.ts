/**
 * Writes a lock file: pip resolves the few packages that are asked for, and names the hash of each file that it would
 * install, here and on the other systems and Pythons.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { isSystemError, oneLine, UserError } from '../../command-line/errors.ts';
import { replaceFile } from '../../models/new-file.ts';
import { basePython, lockedPythons } from './base-python.ts';
import { type LockedPackage, lockPath, type PythonEnvironment } from './environment.ts';
import { faultOf } from './package-faults.ts';

/** Systems other than this one, by the newest platform tag that the packages need. */
const platforms = ['manylinux_2_28_x86_64', 'manylinux_2_28_aarch64', 'macosx_14_0_arm64', 'win_amd64'];

/** All tags of a system: of Linux, pip before 25 does not know that a newer one runs what was built for an older one. */
function tagsOf(platform: string): string[] {
  const [, newest = '', machine = ''] = /^manylinux_2_(\d+)_(\w+)$/.exec(platform) ?? [];
  if (machine === '') return [platform];
  const oldest = 17;
  const releases = Array.from({ length: Number(newest) - oldest + 1 }, (_, i) => Number(newest) - i);
  return [...releases.map((release) => `manylinux_2_${release}_${machine}`), `manylinux2014_${machine}`];
}

const reportSchema = z.object({
  install: z.array(
    z.object({
      metadata: z.object({ name: z.string(), version: z.string() }),
      download_info: z.object({ archive_info: z.object({ hashes: z.object({ sha256: z.string() }) }) }),
    }),
  ),
});

interface Locking {
  /** Interpreter whose pip resolves; undefined: one is looked for. */
  python: string | undefined;
  findLinks: readonly string[];
  offline: boolean;
  signal: AbortSignal;
  progress(label: string, done: number, total: number): void;
  /** Systems and Pythons other than this one; for tests. */
  others?: readonly Target[];
  /** The command that makes the file again, if it is not the one for frameworks. */
  madeBy?: string;
}

interface Target {
  platform: string;
  /** '3.12'. */
  python: string;
}

export interface Lock {
  path: string;
  packages: LockedPackage[];
  /** Systems that lack a package: 'win_amd64 3.14'. */
  without: string[];
}

/** @throws UserError with the reason where nothing is found for this system */
export async function writeLock(
  environment: PythonEnvironment,
  { python, findLinks, offline, signal, progress, others = everyTarget(), madeBy = lockCommand(environment) }: Locking,
  path = lockPath(environment),
): Promise<Lock> {
  const base = await basePython(python, false);
  const from = [...(offline ? ['--no-index'] : []), ...findLinks.flatMap((place) => ['--find-links', place])];
  const resolve = (words: readonly string[]) => resolved(environment, base.path, [...from, ...words], signal);
  progress('resolving', 0, others.length + 1);
  const omitted = new Set(environment.omitted?.map(normalName));
  const asSource = omitted.size === 0 ? [] : ['--no-binary', [...omitted].join(',')];
  const packages = (await resolve([...asSource, ...environment.requirements])).filter(
    ({ name }) => !omitted.has(normalName(name)),
  );
  const pins = packages.map(({ name, version }) => `${name}==${publicVersion(version)}`);
  const hashes = new Map(packages.map(({ name, hashes: own }) => [name, new Set(own)]));
  const add = (found: readonly LockedPackage[]) => {
    for (const { name, hashes: more } of found) for (const hash of more) hashes.get(name)?.add(hash);
  };
  const without: string[] = [];
  const target = mkdtempSync(join(tmpdir(), 'tokenlap-lock-'));
  try {
    for (const [done, other] of others.entries()) {
      progress('resolving', done + 1, others.length + 1);
      const system = tagsOf(other.platform).flatMap((tag) => ['--platform', tag]);
      const on = ['--no-deps', '--target', target, ...system, '--python-version', other.python];
      try {
        const found = await resolve([...on, ...pins]);
        add(found);
        // A build of somebody's own (2.13.0+cpu) comes before the published one, which others find.
        const own = found.filter(({ version }) => version !== publicVersion(version));
        if (own.length > 0) {
          const published = own.map(({ name, version }) => `${name}==${publicVersion(version)},!=${version}`);
          add(await resolve([...on, ...published]).catch(unavailable));
        }
      } catch (error) {
        signal.throwIfAborted();
        unavailable(error);
        without.push(`${other.platform} ${other.python}`);
      }
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  const locked = packages.map(({ name, version }) => ({
    name,
    version: publicVersion(version),
    hashes: [...(hashes.get(name) ?? [])].sort(),
  }));
  await replaceFile(path, lockText(environment, locked, without, madeBy));
  return { path, packages: locked, without };
}

/** @throws what is not an answer of pip */
function unavailable(error: unknown): [] {
  if (error instanceof UserError) return [];
  throw error;
}

function everyTarget(): Target[] {
  const { major, oldestMinor, newestMinor } = lockedPythons;
  const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, i) => oldestMinor + i);
  return platforms.flatMap((platform) => minors.map((minor) => ({ platform, python: `${major}.${minor}` })));
}

/** '2.13.0' of '2.13.0+cpu'. */
function publicVersion(version: string): string {
  return version.split('+')[0] ?? version;
}

async function resolved(
  environment: PythonEnvironment,
  python: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<LockedPackage[]> {
  const args = ['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--quiet', '--no-input', '--report', '-'];
  try {
    const { stdout } = await promisify(execFile)(python, [...args, '--only-binary', ':all:', ...words], {
      signal,
      maxBuffer: 64e6,
      env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    });
    return reportSchema.parse(JSON.parse(stdout)).install.map(({ metadata, download_info: { archive_info } }) => ({
      ...{ name: metadata.name, version: metadata.version, hashes: [archive_info.hashes.sha256] },
    }));
  } catch (error) {
    signal.throwIfAborted();
    if (isSystemError(error)) throw error;
    const printed = z.object({ stderr: z.string() }).safeParse(error).data?.stderr ?? oneLine(error);
    const lines = printed.split('\n');
    const said = lines.find((line) => line.startsWith('ERROR:')) ?? printed;
    throw faultOf(environment)(lines) ?? new UserError(`pip found no versions: ${oneLine(said)}`);
  }
}

function lockCommand({ framework, name }: PythonEnvironment): string {
  return `npx tsx scripts/frameworks.ts lock ${framework} --variant ${name}`;
}

/** As package indexes compare names: 'rouge-score' of 'rouge_score'. */
function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function lockText(
  { requirements, omitted = [] }: PythonEnvironment,
  packages: readonly LockedPackage[],
  without: readonly string[],
  madeBy: string,
): string {
  const lines = packages.map(({ name, version, hashes }) =>
    [`${name}==${version}`, ...hashes.map((hash) => `    --hash=sha256:${hash}`)].join(' \\\n'),
  );
  return [
    `# Made by: ${madeBy}`,
    `# From: ${requirements.join(' ')}`,
    ...(omitted.length === 0 ? [] : [`# Without: ${omitted.join(' ')}`]),
    ...(without.length === 0 ? [] : [`# Not available for: ${without.join(', ')}`]),
    ...lines,
    '',
  ].join('\n');
}
