/** Programs of llama.cpp's own: found on this machine, or built from the source inside the node-llama-cpp package. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { executableName, pathFolders } from '../../command-line/program-path.ts';
import { say } from '../../command-line/terminal.ts';
import type { ModelProgress } from '../../models/model-progress.ts';
import { installVariant } from '../installation.ts';
import { bindingFolder } from './binding-folder.ts';
import { installedNativeBuild } from './native-build/identity.ts';
import { nativeBuild } from './native-build/variant.ts';

export interface NativeTool {
  /** Without an ending: 'llama-bench', 'llama-quantize'. It is the name of the option with its path, too. */
  name: string;
  /** A path of one's own; otherwise it is looked for. */
  given: string | undefined;
  /** Whether to build one when there is none: it comes with the native build of the library. */
  build: boolean;
  /** Whether the one of the native build stands before one on the PATH. */
  nativeFirst?: true;
  progress: ModelProgress;
  signal: AbortSignal;
}

/**
 * On the PATH, among what node-llama-cpp has built (its own builds hold tools only with the CMake option LLAMA_BUILD_TOOLS),
 * or beside the native build.
 * @throws UserError when there is none
 */
export async function nativeTool(tool: NativeTool): Promise<string> {
  const { name, given, build, nativeFirst = false } = tool;
  const found = given === undefined ? foundTool(name, nativeFirst) : existsSync(given) ? given : undefined;
  if (found !== undefined) return found;
  if (given === undefined && build) return buildTool(tool);
  throw new UserError(given === undefined ? `${name} is not on the PATH` : `there is no ${name} at ${given}`, {
    exitCode: exitCodes.missing,
    remedy: `Name it with --${name} PATH, or add --build (git, cmake, a C++ compiler, some minutes).`,
  });
}

/** Undefined where there is none. */
export function foundTool(name: string, nativeFirst = false): string | undefined {
  const file = executableName(name);
  const onPath = pathFolders().map((folder) => join(folder, file));
  const others = [...onPath, ...bindingBuilds(file)];
  const paths = nativeFirst ? [...nativeBuilds(file), ...others] : [...others, ...nativeBuilds(file)];
  return paths.find((path) => existsSync(path));
}

function nativeBuilds(file: string): string[] {
  const build = installedNativeBuild();
  return build === undefined ? [] : [join(build.folder, file)];
}

/** Below llama/localBuilds, where `getLlama({ build })` and `npx node-llama-cpp source build` put what they make. */
function bindingBuilds(file: string): string[] {
  try {
    const builds = join(bindingFolder(), 'llama', 'localBuilds');
    return readdirSync(builds).flatMap((build) =>
      [['bin'], ['Release'], ['bin', 'Release'], ['llama.cpp', 'bin'], []].map((place) =>
        join(builds, build, ...place, file),
      ),
    );
  } catch {
    return [];
  }
}

/** Where the source of llama.cpp may lie. */
export function sourceFolders(): string[] {
  return [join(bindingFolder(), 'llama', 'llama.cpp')];
}

/** Comes with the native build of the library, from the very source that the installed binding was made from. */
async function buildTool({ name, progress, signal }: NativeTool): Promise<string> {
  const { folder } = await installVariant('llamacpp', nativeBuild, await nativeBuild.recipe(), {
    progress: (label, done, total) => progress({ label: `building ${name}: ${label}`, done, total }),
    tell: say,
    signal,
  });
  return join(folder, executableName(name));
}
