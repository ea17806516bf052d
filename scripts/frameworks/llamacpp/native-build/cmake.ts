/** The arguments of CMake, and the facts that it reports. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../../command-line/errors.ts';
import { programPath } from '../../../command-line/program-path.ts';
import type { VariantFact } from '../../variant.ts';
import { packageFolder, speedOptions } from './identity.ts';

export function generatorArguments(): string[] {
  return process.platform !== 'win32' && programPath('make') === undefined ? ['-G', 'Ninja'] : [];
}

/** Options of node-llama-cpp's own builds (compileLLamaCpp.js) and of cmake-js, and those that make this build fast. */
export function optionArguments(binding: string, build: string): string[] {
  const headers = packageOf('node-api-headers', binding);
  const addonApi = packageOf('node-addon-api', binding);
  const system = `${process.platform === 'win32' ? 'win' : process.platform === 'darwin' ? 'mac' : process.platform}-${process.arch}`;
  const options: Record<string, string> = {
    ...speedOptions,
    GGML_METAL: 'OFF',
    GGML_CCACHE: 'OFF',
    GGML_BUILD_NUMBER: '1',
    LLAMA_CURL: 'OFF',
    LLAMA_OPENSSL: 'OFF',
    LLAMA_BUILD_BORINGSSL: 'OFF',
    LLAMA_BUILD_TOOLS: 'ON',
    CMAKE_CONFIGURATION_TYPES: 'Release',
    CMAKE_JS_INC: [join(headers, 'include'), addonApi].join(';'),
    NLC_CURRENT_PLATFORM: system,
    NLC_TARGET_PLATFORM: system,
    NLC_VARIANT: '',
    ...(process.platform === 'darwin' ? { CMAKE_SHARED_LINKER_FLAGS: '-undefined dynamic_lookup' } : {}),
    ...(process.platform === 'win32' ? windowsOptions(headers, binding, build) : {}),
  };
  return Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
}

/** On Windows the addon imports Node's functions from node.exe through a library made from their list. */
function windowsOptions(headers: string, binding: string, build: string): Record<string, string> {
  const library = join(build, 'node.lib');
  return {
    CMAKE_JS_LIB: library,
    CMAKE_JS_NODELIB_DEF: join(headers, 'def', 'node_api.def'),
    CMAKE_JS_NODELIB_TARGET: library,
    CMAKE_JS_SRC: join(packageOf('cmake-js', binding), 'lib', 'cpp', 'win_delay_load_hook.cc'),
    CMAKE_SHARED_LINKER_FLAGS: '/DELAYLOAD:NODE.EXE delayimp.lib',
  };
}

function packageOf(name: string, binding: string): string {
  const folder = packageFolder(name, join(binding, 'package.json'));
  if (folder === undefined) throw new UserError(`${name} is not installed`, { remedy: 'Run `npm ci`.' });
  return folder;
}

/** Percentage from a line of make, `[ 12%]`, or of Ninja, `[12/345]`. */
export function shareDone(line: string): number | undefined {
  const [, percent, done, all] = /^\[\s*(?:(\d+)%|(\d+)\/(\d+))\]/.exec(line) ?? [];
  if (percent !== undefined) return Number(percent);
  return done === undefined ? undefined : (100 * Number(done)) / Number(all);
}

/** Facts that the configuration found on this machine. */
export function configuredFacts(build: string): Record<string, VariantFact> {
  const cache = readFileSync(join(build, 'CMakeCache.txt'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(cache)?.[1];
  return {
    compiler: compilerOf(build) ?? basename(value('CMAKE_CXX_COMPILER') ?? 'unknown'),
    openmp: value('GGML_OPENMP_ENABLED') === 'ON',
  };
}

/** The compiler that CMake found: 'GNU 12.2.0'. */
function compilerOf(build: string): string | undefined {
  const files = join(build, 'CMakeFiles');
  for (const version of existsSync(files) ? readdirSync(files) : []) {
    const path = join(files, version, 'CMakeCXXCompiler.cmake');
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const value = (name: string) => new RegExp(`^set\\(${name} "(.*)"\\)`, 'm').exec(text)?.[1];
    return `${value('CMAKE_CXX_COMPILER_ID')} ${value('CMAKE_CXX_COMPILER_VERSION')}`;
  }
  return undefined;
}
