/**
 * Makes the build: the source out of the package, patched as node-llama-cpp patches it, and its addon compiled with it.
 * Nothing is downloaded. llama-bench and llama-quantize come from the same build.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../command-line/errors.ts';
import { missingTools, type NeededTool, programPath } from '../../../command-line/missing-tool.ts';
import type { VariantFact, VariantRecipe } from '../../variant.ts';
import { bindingFolder, packageFolder } from '../binding-folder.ts';
import { nativeIdentity, sourceBundle, speedOptions } from './identity.ts';
import { runLogged } from './logged-command.ts';

const needed: readonly NeededTool[] = [
  {
    title: 'git',
    programs: ['git'],
    install: { apt: 'sudo apt install git', brew: 'xcode-select --install', winget: 'winget install Git.Git' },
  },
  {
    title: 'a C++ compiler',
    programs: ['c++', 'g++', 'clang++', 'cl'],
    install: {
      apt: 'sudo apt install g++ make',
      brew: 'xcode-select --install',
      winget: 'winget install Microsoft.VisualStudio.2022.BuildTools',
    },
  },
  {
    title: 'CMake',
    programs: ['cmake'],
    install: { apt: 'sudo apt install cmake', brew: 'brew install cmake', winget: 'winget install Kitware.CMake' },
  },
];

/** Those of CMake's default generators; Visual Studio brings its own. */
const buildTool: NeededTool = {
  title: 'make',
  programs: ['make', 'ninja'],
  install: { apt: 'sudo apt install make', brew: 'xcode-select --install', winget: 'winget install Ninja-build.Ninja' },
};

const targets = ['llama-addon', 'llama-bench', 'llama-quantize'];
/** A compiler of one of llama.cpp's larger files. */
const bytesPerJob = 1.5e9;

/**
 * @param binding folder of node-llama-cpp
 * @param node what loads the addon to see that it works
 */
export function nativeRecipe(binding = bindingFolder(), node = process.execPath): VariantRecipe {
  const identity = nativeIdentity(binding);
  return {
    identity,
    missingTools: async () => missingTools(process.platform === 'win32' ? needed : [...needed, buildTool]),
    async make({ folder, logPath, progress, tell, signal }) {
      const work = join(folder, 'work');
      const build = join(work, 'build');
      rmSync(logPath, { force: true });
      const step = (command: string, args: readonly string[], onLine?: (line: string) => void) =>
        runLogged({
          ...{ command, args, logPath, signal },
          // The build asks Node for the folder of node-addon-api.
          environment: { NODE_PATH: dirname(binding) },
          ...(onLine === undefined ? {} : { onLine }),
        });
      progress('unpacking the source', 0, 0);
      await mkdir(work);
      for (const part of ['CMakeLists.txt', 'addon', 'cmake', 'profiles', 'toolchains']) {
        if (existsSync(join(binding, 'llama', part)))
          cpSync(join(binding, 'llama', part), join(work, part), { recursive: true });
      }
      await step('git', ['clone', '--quiet', sourceBundle(binding), join(work, 'llama.cpp')]);
      await applyPatches(binding, join(work, 'llama.cpp'), step);
      progress('configuring', 0, 0);
      await step('cmake', ['-S', work, '-B', build, ...generator(), ...optionArguments(binding, build)]);
      const facts = factsOf(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'), build);
      if (facts.openmp === false)
        tell('OpenMP was not found: built without it. With GCC it is there; elsewhere install libomp.');
      progress('compiling', 0, 100);
      const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / bytesPerJob)));
      const args = ['--build', build, '--config', 'Release', '--target', ...targets, '--parallel', String(jobs)];
      await step('cmake', args, (line) => {
        const share = shareDone(line);
        if (share !== undefined) progress('compiling', share, 100);
      });
      progress('checking', 0, 0);
      await keep(build, folder);
      await step(node, ['-e', `require(${JSON.stringify(addonPath(folder))}).systemInfo()`]);
      rmSync(work, { recursive: true, force: true, maxRetries: 10 });
      return facts;
    },
  };
}

export function addonPath(folder: string): string {
  return join(folder, 'llama-addon.node');
}

/** As node-llama-cpp does before its own builds; one that is in the source already is passed over. */
async function applyPatches(
  binding: string,
  source: string,
  step: (command: string, args: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = join(binding, 'llama', 'patches');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const apply = ['-C', source, 'apply', '--ignore-whitespace'];
    const patch = join(folder, name);
    const isIn = await step('git', [...apply, '--reverse', '--check', patch]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof UserError) return false;
        throw error;
      },
    );
    if (!isIn) await step('git', [...apply, patch]);
  }
}

function generator(): string[] {
  return process.platform !== 'win32' && programPath('make') === undefined ? ['-G', 'Ninja'] : [];
}

/** Those of node-llama-cpp's own builds (compileLLamaCpp.js) and of cmake-js, and what makes ours fast. */
function optionArguments(binding: string, build: string): string[] {
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

/** The addon finds Node's functions in node.exe, through a library that is made of their list. */
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

/** `[ 12%]` of make, `[12/345]` of Ninja. */
function shareDone(line: string): number | undefined {
  const [, percent, done, all] = /^\[\s*(?:(\d+)%|(\d+)\/(\d+))\]/.exec(line) ?? [];
  if (percent !== undefined) return Number(percent);
  return done === undefined ? undefined : (100 * Number(done)) / Number(all);
}

/** What the configuration found on this machine. */
function factsOf(cache: string, build: string): Record<string, VariantFact> {
  const value = (name: string) => new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(cache)?.[1];
  return {
    compiler: compilerOf(build) ?? basename(value('CMAKE_CXX_COMPILER') ?? 'unknown'),
    openmp: value('GGML_OPENMP_ENABLED') === 'ON',
  };
}

/** 'GNU 12.2.0', as CMake found it. */
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

/** The files that are wanted, out of wherever the generator put them. */
async function keep(build: string, folder: string): Promise<void> {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const wanted = ['llama-addon.node', `llama-bench${ending}`, `llama-quantize${ending}`];
  const made = readdirSync(build, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const name of wanted) {
    const found = made.find((entry) => entry.name === name);
    if (found === undefined) throw new UserError(`the build made no ${name}`);
    await copyFile(join(found.parentPath, name), join(folder, name));
  }
}
