/** Programs of llama.cpp's own: found on this machine, or built from the source inside the node-llama-cpp package. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { $ } from 'zx';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { say } from '../../command-line/terminal.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';

export interface NativeTool {
  /** Without an ending: 'llama-bench', 'llama-quantize'. It is the name of the option with its path, too. */
  name: string;
  /** A path of one's own; otherwise it is looked for. */
  given: string | undefined;
  /** Whether to build one when there is none. */
  build: boolean;
}

/**
 * On the PATH, among what node-llama-cpp has built (its own builds hold tools only with the CMake option LLAMA_BUILD_TOOLS),
 * or built here before.
 * @throws UserError when there is none
 */
export async function nativeTool({ name, given, build }: NativeTool): Promise<string> {
  const found = given === undefined ? foundTool(name) : existsSync(given) ? given : undefined;
  if (found !== undefined) return found;
  if (given === undefined && build) return buildTool(name);
  throw new UserError(given === undefined ? `${name} is not on the PATH` : `there is no ${name} at ${given}`, {
    exitCode: exitCodes.missing,
    remedy: `Name it with --${name} PATH, or add --build (git, cmake, a C++ compiler, some minutes).`,
  });
}

/** Undefined where there is none. */
export function foundTool(name: string): string | undefined {
  const file = executable(name);
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, file));
  return [...onPath, ...bindingBuilds(file), join(buildFolder(), 'build', 'bin', file)].find((path) =>
    existsSync(path),
  );
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
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
  return [buildFolder(), join(bindingFolder(), 'llama', 'llama.cpp')];
}

/** The package exports its entry alone, and to `import` alone: so it is looked for where Node looks. */
function bindingFolder(): string {
  const places = createRequire(import.meta.url).resolve.paths('node-llama-cpp') ?? [];
  const found = places.map((place) => join(place, 'node-llama-cpp')).find((folder) => existsSync(folder));
  return found ?? join('node_modules', 'node-llama-cpp');
}

function buildFolder(): string {
  return join(modelCacheFolder(), '..', 'llama.cpp');
}

/** Builds from the very source that the installed binding was built from; a few minutes. An earlier clone is used again. */
async function buildTool(name: string): Promise<string> {
  const folder = buildFolder();
  const built = join(folder, 'build', 'bin', executable(name));
  const bundle = join(bindingFolder(), 'llama', 'gitRelease.bundle');
  say(`building ${name} from the source of llama.cpp, once: some minutes ...`);
  try {
    if (!existsSync(join(folder, 'CMakeLists.txt'))) await $({ quiet: true })`git clone --quiet ${bundle} ${folder}`;
    await $({
      quiet: true,
    })`cmake -S ${folder} -B ${join(folder, 'build')} -DCMAKE_BUILD_TYPE=Release -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF`;
    await $({ quiet: true })`cmake --build ${join(folder, 'build')} --config Release --target ${name} --parallel`;
  } catch (cause) {
    throw new UserError(`building ${name} failed: ${oneLine(cause).slice(0, 300)}`, {
      cause,
      remedy: `It needs git, cmake and a C++ compiler; or give a ${name} of your own with --${name} PATH.`,
    });
  }
  return built;
}
