/** What decides which library comes out of a build, read without starting anything. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../../../command-line/errors.ts';
import { type Installation, installed } from '../../installation.ts';
import type { VariantIdentity } from '../../variant.ts';
import { bindingFolder } from '../binding-folder.ts';

/** CMake options of the build that decide its speed; where there is no OpenMP, ggml's own threads take its place. */
export const speedOptions = {
  CMAKE_BUILD_TYPE: 'Release',
  GGML_NATIVE: 'ON',
  GGML_OPENMP: 'ON',
  // One file without other libraries of llama.cpp, which may lie in the same process in their prebuilt form.
  BUILD_SHARED_LIBS: 'OFF',
} as const;

const releaseSchema = z.object({ release: z.string() });
const packageSchema = z.object({ version: z.string() });

/** Source inside the package: a git bundle. */
export function sourceBundle(binding = bindingFolder()): string {
  return join(binding, 'llama', 'gitRelease.bundle');
}

/** @throws UserError where the package has no source */
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
    throw new UserError('node-llama-cpp brings no source of llama.cpp', {
      cause,
      exitCode: exitCodes.missing,
      remedy: 'Run `npm ci`.',
    });
  }
}

/** Undefined where there is none for this machine and this version. */
export function installedNativeBuild(): Installation | undefined {
  try {
    return installed({ framework: 'llamacpp', variant: 'native' }, nativeIdentity());
  } catch {
    return undefined;
  }
}

/** @param folder of the installation */
export function addonPath(folder: string): string {
  return join(folder, 'llama-addon.node');
}

/** The first line after the signature of a bundle: a commit and the name it has there. */
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

/** Model and instructions: a build for one that has more may not run on another. */
function processor(): string {
  const model = (cpus()[0]?.model ?? 'unknown').trim();
  const flags = instructionFlags();
  return flags === '' ? model : `${model} ${createHash('sha256').update(flags).digest('hex').slice(0, 8)}`;
}

/** Linux tells them; empty elsewhere. */
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
