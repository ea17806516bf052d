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
import { type LockedPackage, lockPath, normalName, type PythonEnvironment } from './environment.ts';
import { faultOf } from './package-faults.ts';

/** What environment markers ask of a system: `sys_platform`, `platform_machine`. */
type Variables = Readonly<Record<string, string>>;

/** Systems by the newest platform tag that the packages need. */
const platforms: Readonly<Record<string, Variables>> = {
  manylinux_2_28_x86_64: {
    platform_system: 'Linux',
    sys_platform: 'linux',
    os_name: 'posix',
    platform_machine: 'x86_64',
  },
  manylinux_2_28_aarch64: {
    platform_system: 'Linux',
    sys_platform: 'linux',
    os_name: 'posix',
    platform_machine: 'aarch64',
  },
  macosx_14_0_arm64: { platform_system: 'Darwin', sys_platform: 'darwin', os_name: 'posix', platform_machine: 'arm64' },
  win_amd64: { platform_system: 'Windows', sys_platform: 'win32', os_name: 'nt', platform_machine: 'AMD64' },
};

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
      metadata: z.object({ name: z.string(), version: z.string(), requires_dist: z.array(z.string()).default([]) }),
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

interface ResolvedPackage extends LockedPackage {
  /** What it needs, as its metadata says: `nvidia-nccl-cu13==2.29.7; platform_system == "Linux"`. */
  needs: string[];
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
  const files: FoundFile[] = [];
  const add = (found: readonly LockedPackage[], system: Variables) => {
    files.push(...found.map((file) => ({ file, system })));
  };
  add(packages, here());
  const without: string[] = [];
  const target = mkdtempSync(join(tmpdir(), 'tokenlap-lock-'));
  try {
    for (const [done, other] of others.entries()) {
      progress('resolving', done + 1, others.length + 1);
      const system = tagsOf(other.platform).flatMap((tag) => ['--platform', tag]);
      const on = ['--no-deps', '--target', target, ...system, '--python-version', other.python];
      try {
        const found = await resolve([...on, ...pins]);
        if (await isWhole(found, omitted, other, base.path)) add(found, platforms[other.platform] ?? {});
        else without.push(`${other.platform} ${other.python}`);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UserError)) throw error;
        without.push(`${other.platform} ${other.python}`);
      }
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  const locked = packages.flatMap(({ name }) => buildsOf(files.filter(({ file }) => file.name === name)));
  await replaceFile(path, lockText(environment, locked, without, madeBy));
  return { path, packages: locked, without };
}

/** This system, if it is one of those that are locked. */
function here(): Variables {
  const machines = process.arch === 'x64' ? ['x86_64', 'AMD64'] : ['aarch64', 'arm64'];
  const found = Object.values(platforms).find(
    ({ sys_platform, platform_machine = '' }) =>
      sys_platform === process.platform && machines.includes(platform_machine),
  );
  return found ?? { sys_platform: process.platform, platform_machine: process.arch };
}

/** A file that may be installed, and a system that it was found for. */
interface FoundFile {
  file: LockedPackage;
  system: Variables;
}

/**
 * The builds of one package with the hashes of their files. Where some systems have a build of their own (2.13.0+cpu), each build
 * is pinned for its systems: uv looks a hash up by the exact version, and pip would prefer the published build.
 */
function buildsOf(files: readonly FoundFile[]): LockedPackage[] {
  const versions = [...new Set(files.map(({ file }) => file.version))].sort((a, b) => b.length - a.length);
  const placesOf = (version: string) => [
    ...new Set(files.filter(({ file }) => file.version === version).map(({ system }) => marker(system))),
  ];
  return versions.map((version) => {
    const of = files.filter(({ file }) => file.version === version);
    const others = versions.filter((each) => each !== version && isOwnBuild(each)).flatMap(placesOf);
    const where = isOwnBuild(version)
      ? placesOf(version).join(' or ')
      : others.map((place) => `(${place.replaceAll('==', '!=').replace(' and ', ' or ')})`).join(' and ');
    return {
      ...{ name: of[0]?.file.name ?? '', version },
      hashes: [...new Set(of.flatMap(({ file }) => file.hashes))].sort(),
      ...(versions.length === 1 ? {} : { where }),
    };
  });
}

function marker({ sys_platform, platform_machine }: Variables): string {
  return `sys_platform == "${sys_platform}" and platform_machine == "${platform_machine}"`;
}

function isOwnBuild(version: string): boolean {
  return version !== publicVersion(version);
}

const marks = `
import json, sys
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name
needs, names, variables = json.load(sys.stdin)
locked = {canonicalize_name(name) for name in names}
wanted = [Requirement(need) for need in needs]
print(json.dumps(all(canonicalize_name(each.name) in locked for each in wanted
                     if each.marker is None or each.marker.evaluate({**variables, "extra": ""}))))
`;

/**
 * Whether the packages found for another system need none there beyond themselves and those that are omitted. A build under the same version may be made for
 * something else, CUDA for instance, and need more; pip evaluates conditions only for the system that it runs on.
 */
async function isWhole(
  found: readonly ResolvedPackage[],
  omitted: ReadonlySet<string>,
  { platform, python: version }: Target,
  python: string,
): Promise<boolean> {
  const variables = { ...platforms[platform], python_version: version, python_full_version: `${version}.0` };
  const asking = promisify(execFile)(python, ['-c', marks]);
  asking.child.stdin?.end(
    JSON.stringify([found.flatMap(({ needs }) => needs), [...found.map(({ name }) => name), ...omitted], variables]),
  );
  return z.boolean().parse(JSON.parse((await asking).stdout));
}

function everyTarget(): Target[] {
  const { major, oldestMinor, newestMinor } = lockedPythons;
  const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, i) => oldestMinor + i);
  return Object.keys(platforms).flatMap((platform) =>
    minors.map((minor) => ({ platform, python: `${major}.${minor}` })),
  );
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
): Promise<ResolvedPackage[]> {
  const args = ['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--quiet', '--no-input', '--report', '-'];
  try {
    const { stdout } = await promisify(execFile)(python, [...args, '--only-binary', ':all:', ...words], {
      signal,
      maxBuffer: 64e6,
      env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    });
    return reportSchema.parse(JSON.parse(stdout)).install.map(({ metadata, download_info: { archive_info } }) => ({
      ...{ name: metadata.name, version: metadata.version, hashes: [archive_info.hashes.sha256] },
      needs: metadata.requires_dist,
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

function lockText(
  { requirements, omitted = [] }: PythonEnvironment,
  packages: readonly LockedPackage[],
  without: readonly string[],
  madeBy: string,
): string {
  const lines = packages.map(({ name, version, hashes, where }) =>
    [
      `${name}==${version}${where === undefined ? '' : ` ; ${where}`}`,
      ...hashes.map((hash) => `    --hash=sha256:${hash}`),
    ].join(' \\\n'),
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
