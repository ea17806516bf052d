/** The identity of a native build: everything that determines its library, read without starting a process. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../../../command-line/errors.ts';
import { type Installation, installed } from '../../installation.ts';
import type { VariantIdentity } from '../../variant.ts';

/** CMake options that determine the speed of the build; without OpenMP, ggml uses its own threads. */
export const speedOptions = {
  CMAKE_BUILD_TYPE: 'Release',
  GGML_NATIVE: 'ON',
  GGML_OPENMP: 'ON',
  // One static file, since a process may also load the prebuilt libraries of llama.cpp.
  BUILD_SHARED_LIBS: 'OFF',
} as const;

const releaseSchema = z.object({ release: z.string() });
const packageSchema = z.object({ version: z.string() });

/** Path of the source inside the package, a git bundle. */
export function sourceBundle(binding = bindingFolder()): string {
  return join(binding, 'llama', 'gitRelease.bundle');
}

/** @throws UserError when the package has no source */
export function nativeIdentity(binding = bindingFolder()): VariantIdentity & { commit: string; binding: string } {
  try {
    return {
      version: releaseSchema.parse(json(join(binding, 'llama', 'binariesGithubRelease.json'))).release,
      commit: bundledCommit(sourceBundle(binding)),
      binding: packageSchema.parse(json(join(binding, 'package.json'))).version,
      options: Object.entries(speedOptions)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      system: `${process.platform}-${process.arch}`,
      processor: processor(),
    };
  } catch (cause) {
    throw new UserError('the installed node-llama-cpp has no source of llama.cpp', {
      cause,
      exitCode: exitCodes.missing,
      remedy: 'Run `npm ci`.',
    });
  }
}

/** The native build for this machine and version; undefined when it is not installed. */
export function installedNativeBuild(): Installation | undefined {
  try {
    return installed({ framework: 'llamacpp', variant: 'native' }, nativeIdentity());
  } catch {
    return undefined;
  }
}

/** @param folder folder of the installation */
export function addonPath(folder: string): string {
  return join(folder, 'llama-addon.node');
}

/** The commit in the first line after the signature of a bundle. */
function bundledCommit(bundle: string): string {
  const head = Buffer.alloc(256);
  const file = openSync(bundle, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const commit = /^# v\d git bundle\n(?:@.*\n)*([0-9a-f]{40,64}) /.exec(head.toString('latin1'))?.[1];
  if (commit === undefined) throw new Error('no git bundle');
  return commit;
}

/** Model and instruction set: a build for one processor may not run on another with fewer instructions. */
function processor(): string {
  const model = (cpus()[0]?.model ?? 'unknown').trim();
  const flags = instructionFlags();
  return flags === '' ? model : `${model} ${createHash('sha256').update(flags).digest('hex').slice(0, 8)}`;
}

/** Instruction flags that Linux reports; empty on other systems. */
function instructionFlags(): string {
  try {
    return /^(?:flags|Features)\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Folder of node-llama-cpp: the package exports only its entry, so its parts are looked for where Node looks. */
export function bindingFolder(): string {
  return packageFolder('node-llama-cpp') ?? join('node_modules', 'node-llama-cpp');
}

/** Folder of a package that the binding needs; undefined when it is not installed. @param from file of the package that needs it */
export function packageFolder(name: string, from = import.meta.url): string | undefined {
  const places = createRequire(from).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(folder));
}
