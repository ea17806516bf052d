/** The tools of llama.cpp: found on this machine, or built from the source inside the node-llama-cpp package. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { missingError } from '../../../command-line/errors.ts';
import { executableName, pathFolders, programPath } from '../../../command-line/program-path.ts';
import { say } from '../../../command-line/terminal.ts';
import type { ModelProgress } from '../../../models/model-progress.ts';
import { installVariant } from '../../installation.ts';
import { nativeBuild } from '../build-choice.ts';
import { bindingFolder, installedNativeBuild } from '../native-build/identity.ts';

export interface NativeTool {
  /** Name without extension: 'llama-bench', 'llama-quantize'. */
  name: string;
  /** The option that takes its path, for the message; default: --<name>. */
  option?: string;
  /** Path from the user; undefined: search for it. */
  given: string | undefined;
  /** Whether to build it if it is not found: it comes with the native build of the library. */
  build: boolean;
  /** Whether the native build takes precedence over the PATH. */
  nativeFirst?: true;
  progress: ModelProgress;
  signal: AbortSignal;
}

/**
 * Finds a tool on the PATH, among the builds of node-llama-cpp (which have tools only with the CMake option LLAMA_BUILD_TOOLS),
 * or in the native build.
 * @throws UserError when it is not found
 */
export async function nativeTool(tool: NativeTool): Promise<string> {
  const { name, option = `--${name}`, given, build, nativeFirst = false } = tool;
  const found = given === undefined ? foundTool(name, nativeFirst) : existsSync(given) ? given : undefined;
  if (found !== undefined) return found;
  if (given === undefined && build) return buildTool(tool);
  throw missingError(
    given === undefined ? `${name} is not on the PATH` : `there is no ${name} at ${given}`,
    `Name it with ${option} PATH, or add --build (git, cmake, a C++ compiler, some minutes).`,
  );
}

/** Path of the program; undefined when it is not found. */
export function foundTool(name: string, nativeFirst = false): string | undefined {
  const onPath = (program: string) => programPath(program);
  const places = nativeFirst ? [nativeBuildOf, onPath, bindingBuildOf] : [onPath, bindingBuildOf, nativeBuildOf];
  return places.map((place) => place(name)).find((path) => path !== undefined);
}

function nativeBuildOf(name: string): string | undefined {
  const build = installedNativeBuild();
  return build === undefined ? undefined : existing([join(build.folder, executableName(name))]);
}

/** Searches llama/localBuilds, where `getLlama({ build })` and `npx node-llama-cpp source build` put their builds. */
function bindingBuildOf(name: string): string | undefined {
  const builds = join(bindingFolder(), 'llama', 'localBuilds');
  if (!existsSync(builds)) return undefined;
  const places = [['bin'], ['Release'], ['bin', 'Release'], ['llama.cpp', 'bin'], []];
  return existing(
    readdirSync(builds).flatMap((build) => places.map((place) => join(builds, build, ...place, executableName(name)))),
  );
}

function existing(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

/** Builds the tool with the native build of the library, from the source of the installed binding. */
async function buildTool({ name, progress, signal }: NativeTool): Promise<string> {
  const { folder } = await installVariant('llamacpp', nativeBuild, await nativeBuild.recipe(), {
    progress: (label, done, total) => progress({ label: `building ${name}: ${label}`, done, total }),
    tell: say,
    signal,
  });
  return join(folder, executableName(name));
}

/** llama.cpp's own converter, a Python script in its source. */
const script = 'convert_hf_to_gguf.py';
/** Modules that the converter imports; gguf is in the same folder. */
export const convertNeeds = {
  needs: ['torch', 'transformers', 'numpy', 'sentencepiece'],
  remedy:
    'Name a Python that has torch, transformers, numpy and sentencepiece with TOKENLAP_PYTHON, or leave out --tool: the converter of this project needs no Python.',
} as const;

/**
 * Finds the converter.
 * @param given path from the user
 * @throws UserError when it is not found
 */
export function convertScript(given: string | undefined): string {
  const named = given ?? (process.env.TOKENLAP_CONVERT_SCRIPT || undefined);
  const folders = [...pathFolders(), join(bindingFolder(), 'llama', 'llama.cpp')];
  const candidates = named === undefined ? folders.map((folder) => join(folder, script)) : [named];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw missingError(
    named === undefined ? `there is no ${script} on the PATH` : `there is no ${script} at ${named}`,
    `Name it with --convert-script PATH or TOKENLAP_CONVERT_SCRIPT: it is in the source of llama.cpp.`,
  );
}

/** PYTHONPATH with the modules of the converter. */
export function convertPythonPath(path: string): string {
  return [join(dirname(path), 'gguf-py'), process.env.PYTHONPATH ?? ''].filter((part) => part !== '').join(delimiter);
}
