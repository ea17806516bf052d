/**
 * Makes the native build: unpacks the source from the package, patches it as node-llama-cpp does, and compiles it with the addon.
 * Nothing is downloaded. llama-bench and llama-quantize come from the same build.
 */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../../../command-line/errors.ts';
import { missingTools, type NeededTool } from '../../../command-line/program-path.ts';
import { runLogged } from '../../logged-command.ts';
import type { VariantRecipe } from '../../variant.ts';
import { configuredFacts, generatorArguments, optionArguments, shareDone } from './cmake.ts';
import { addonPath, bindingFolder, nativeIdentity, sourceBundle } from './identity.ts';

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

/** The tools of CMake's default generators; Visual Studio has its own. */
const buildTool: NeededTool = {
  title: 'make',
  programs: ['make', 'ninja'],
  install: { apt: 'sudo apt install make', brew: 'xcode-select --install', winget: 'winget install Ninja-build.Ninja' },
};

const targets = ['llama-addon', 'llama-bench', 'llama-quantize'];
/** Memory of a compiler for one of llama.cpp's larger files. */
const bytesPerJob = 1.5e9;

/**
 * @param binding folder of node-llama-cpp
 * @param node program that loads the addon to check it
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
          command,
          args,
          logPath,
          signal,
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
      await step('cmake', ['-S', work, '-B', build, ...generatorArguments(), ...optionArguments(binding, build)]);
      const facts = configuredFacts(build);
      if (facts.openmp === false)
        tell(
          'OpenMP was not found, so llama.cpp is built without it. GCC includes it; for other compilers install libomp.',
        );
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

/** Applies the patches of node-llama-cpp as its own builds do; skips those that the source already contains. */
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

/** Copies the wanted files from wherever the generator put them. */
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
