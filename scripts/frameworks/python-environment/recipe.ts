/** Makes the environment: with uv where it is on the PATH, else with the modules venv and pip of a Python. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { missingError, oneLine, UserError } from '../../command-line/errors.ts';
import { programPath } from '../../command-line/program-path.ts';
import { freeBytesOf } from '../../models/model-cache.ts';
import { runLogged } from '../logged-command.ts';
import type { InstallPlace, PackageSources, VariantFact, VariantRecipe } from '../variant.ts';
import { basePython } from './base-python.ts';
import { lockedPackages, normalName, type PythonEnvironment } from './environment.ts';
import { faultOf } from './package-faults.ts';

/** The interpreter of an environment, which is started itself: a launcher would hide the process that is measured. */
export function environmentPython(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** @throws UserError where there is no lock file */
export function environmentRecipe(environment: PythonEnvironment, lockPath: string): VariantRecipe {
  const { framework, name } = environment;
  const text = lockText(environment, lockPath);
  const packages = lockedPackages(lockPath);
  const [first = ''] = environment.requirements;
  const named = packages.find((each) => normalName(each.name) === normalName(first.replace(/[^\w.-].*$/, '')));
  return {
    identity: {
      version: named?.version ?? 'unknown',
      lock: createHash('sha256').update(text).digest('hex'),
      system: `${process.platform}-${process.arch}`,
    },
    missingTools: async () => [],
    works: async (folder) => (await versionsIn(folder)) !== undefined,
    async make(place) {
      const { folder, logPath, progress, signal, sources } = place;
      rmSync(logPath, { force: true });
      const uv = programPath('uv');
      const base = await basePython(sources.python, uv === undefined);
      const faults = faultOf(environment);
      const step = async (command: string, args: readonly string[], onLine?: (line: string) => void) => {
        const lines: string[] = [];
        const keep = (line: string) => {
          lines.push(line);
          onLine?.(line);
        };
        try {
          await runLogged({ command, args, logPath, signal, onLine: keep, environment: packageEnvironment(sources) });
        } catch (error) {
          throw signal.aborted ? error : (faults(lines, freeBytesOf(dirname(folder))) ?? withRemedy(error));
        }
      };
      progress('making the environment', 0, 0);
      const python = environmentPython(folder);
      if (uv === undefined) await step(base.path, ['-m', 'venv', folder]);
      else await step(uv, ['venv', '--quiet', '--allow-existing', '--python', base.path, folder]);
      const isWhole = environment.omitted === undefined;
      await installPackages(place, { uv, python, lockPath, isWhole, count: packages.length, step });
      progress('checking', 0, 0);
      await step(python, ['-c', importOf(environment)]);
      const versions = await versionsIn(folder);
      if (versions === undefined) {
        throw withRemedy(`${python} does not run after the installation of ${framework} ${name}`);
      }
      return environmentFacts(base.version, versions);
    },
  };
}

/** A program that imports what has to be there. */
function importOf({ needs, without = [] }: PythonEnvironment): string {
  const kept = without.map((name) => `sys.modules["${name}"] = None`);
  return [...(kept.length === 0 ? [] : ['import sys']), ...kept, `import ${needs.join(', ')}`].join('; ');
}

/** For a failure whose output says nothing known. */
function withRemedy(error: unknown): UserError {
  return new UserError(oneLine(error), {
    cause: error,
    remedy: 'Read the end of that output and repeat the command, or name another Python with --python PATH.',
  });
}

function lockText(environment: PythonEnvironment, lockPath: string): string {
  try {
    return readFileSync(lockPath, 'utf8');
  } catch {
    const { framework, name } = environment;
    throw missingError(
      `${framework} ${name} has no lock file ${lockPath}`,
      `Make it: npx tsx scripts/frameworks.ts lock ${framework} --variant ${name}`,
    );
  }
}

function environmentFacts(python: string, versions: Readonly<Record<string, string>>): Record<string, VariantFact> {
  return { python, packages: packagesText(versions) };
}

/** 'numpy 2.4.6, torch 2.13.0+cpu', for logs. */
export function packagesText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

interface PackageStep {
  /** Path of uv; undefined: pip. */
  uv: string | undefined;
  python: string;
  lockPath: string;
  /** Every package that another one asks for is in the lock. */
  isWhole: boolean;
  /** Packages of the lock. */
  count: number;
  step(command: string, args: readonly string[], onLine?: (line: string) => void): Promise<void>;
}

async function installPackages(
  { progress, sources }: InstallPlace,
  { uv, python, lockPath, isWhole, count, step }: PackageStep,
): Promise<void> {
  const from = [
    ...(sources.offline ? ['--no-index'] : []),
    ...sources.findLinks.flatMap((place) => ['--find-links', place]),
    // A source distribution would run its own build, with tools and packages that no lock names.
    ...['--only-binary', ':all:', '--require-hashes', '--requirement', lockPath],
    ...(isWhole ? [] : ['--no-deps']),
  ];
  progress('downloading packages', 0, count);
  if (uv !== undefined) return step(uv, ['pip', 'install', '--no-progress', '--python', python, ...from]);
  let collected = 0;
  const onLine = (line: string) => {
    if (line.startsWith('Collecting ')) progress('downloading packages', collected++, count);
    else if (line.startsWith('Installing collected packages')) progress('unpacking packages', 0, 0);
  };
  await step(python, ['-m', 'pip', 'install', '--no-input', '--progress-bar', 'off', ...from], onLine);
}

/** What pip and uv read: uv ignores pip's variables, and settings that move packages elsewhere do not apply here. */
function packageEnvironment({ offline }: PackageSources): Record<string, string | undefined> {
  const links = process.env.UV_FIND_LINKS ?? process.env.PIP_FIND_LINKS?.trim().split(/\s+/).join(',');
  return {
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONUTF8: '1',
    ...(links === undefined || links === '' || offline ? {} : { UV_FIND_LINKS: links }),
    // With --no-index only the folders that were named are asked.
    ...(offline ? { PIP_FIND_LINKS: undefined, UV_FIND_LINKS: undefined, UV_OFFLINE: '1' } : {}),
    ...{ PYTHONHOME: undefined, PYTHONPATH: undefined, VIRTUAL_ENV: undefined },
    ...{ PIP_TARGET: undefined, PIP_PREFIX: undefined, PIP_USER: undefined, PIP_REQUIRE_VIRTUALENV: undefined },
  };
}

const lists = `
import importlib.metadata, json
print(json.dumps({each.metadata["Name"]: each.version for each in importlib.metadata.distributions()}))
`;
const listTimeoutMs = 20_000;

/** Undefined where the interpreter does not run, for instance because the Python that it was made with is gone. */
async function versionsIn(folder: string): Promise<Record<string, string> | undefined> {
  try {
    const { stdout } = await promisify(execFile)(environmentPython(folder), ['-I', '-c', lists], {
      timeout: listTimeoutMs,
    });
    return z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}
