/**
 * Starts the binding from a native build. node-llama-cpp looks for libraries only in its own folder, which `npm ci` empties, so
 * this file does what it would do with a library that it has found (getLlama.js, loadExistingLlamaBinary).
 */
import { createRequire } from 'node:module';
import { Llama, type LlamaOptions } from 'node-llama-cpp';
import { z } from 'zod';
import type { Installation } from '../../installation.ts';
import { addonPath, speedOptions } from './identity.ts';

const require = createRequire(import.meta.url);

/** Internal to the package, so checked before use. */
const creatorShape = z.object({
  _create: z.custom<(options: object) => Promise<Llama>>((value) => typeof value === 'function'),
});

const mostRamPaddingBytes = process.platform === 'linux' ? 1024 ** 3 : 6 * 1024 ** 3;

/** @throws the error of a library that does not load */
export async function loadNativeBuild(build: Installation, options: LlamaOptions): Promise<Llama> {
  const creator = creatorShape.safeParse({ _create: Reflect.get(Llama, '_create') });
  if (!creator.success) throw new Error('this version of node-llama-cpp cannot load a library from another folder');
  const bindingPath = addonPath(build.folder);
  const llama = await Reflect.apply(creator.data._create, Llama, [
    {
      bindings: fresh(bindingPath),
      bindingPath,
      buildType: 'localBuild',
      buildMetadata: {
        buildOptions: {
          customCmakeOptions: { ...speedOptions, GGML_OPENMP: build.facts.openmp === false ? 'OFF' : 'ON' },
          gpu: false,
          llamaCpp: { repo: 'ggml-org/llama.cpp', release: build.identity.version },
        },
      },
      logLevel: options.logLevel,
      logger: options.logger,
      maxThreads: options.maxThreads,
      vramPadding: 0,
      ramPadding: (totalBytes: number) => Math.floor(Math.min(totalBytes / 4, mostRamPaddingBytes)),
      debug: false,
      numa: false,
      tempDir: false,
    },
  ]);
  return llama;
}

/** Loads the module again for each instance, because each has its own logger. */
function fresh(path: string): unknown {
  delete require.cache[require.resolve(path)];
  try {
    return require(path);
  } finally {
    delete require.cache[require.resolve(path)];
  }
}
