/** llama.cpp's own benchmark, as the yardstick of ours: found, or built from the source inside the node-llama-cpp package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { $ } from 'zx';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';

const executable = process.platform === 'win32' ? 'llama-bench.exe' : 'llama-bench';

/**
 * @param given a path of one's own; otherwise the PATH is searched
 * @param build whether to build one when there is none
 * @throws UserError when there is none
 */
export async function llamaBench(given: string | undefined, build: boolean): Promise<string> {
  const candidates =
    given === undefined ? (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, executable)) : [given];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (given === undefined && build) return buildLlamaBench(join(modelCacheFolder(), '..', 'llama.cpp'));
  throw new UserError(given === undefined ? 'llama-bench is not on the PATH' : `there is no llama-bench at ${given}`, {
    exitCode: exitCodes.missing,
    remedy: 'Name it with --llama-bench PATH, or add --build (git, cmake, a C++ compiler, some minutes).',
  });
}

/**
 * Builds llama-bench from the very source that the installed binding was built from; a few minutes.
 * @param folder where source and build go; an earlier build there is used again
 */
async function buildLlamaBench(folder: string): Promise<string> {
  const built = join(folder, 'build', 'bin', executable);
  if (existsSync(built)) return built;
  const packageFolder = dirname(createRequire(import.meta.url).resolve('node-llama-cpp/package.json'));
  const bundle = join(packageFolder, 'llama', 'gitRelease.bundle');
  try {
    if (!existsSync(join(folder, 'CMakeLists.txt'))) await $({ quiet: true })`git clone --quiet ${bundle} ${folder}`;
    await $({
      quiet: true,
    })`cmake -S ${folder} -B ${join(folder, 'build')} -DCMAKE_BUILD_TYPE=Release -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF`;
    await $({ quiet: true })`cmake --build ${join(folder, 'build')} --config Release --target llama-bench --parallel`;
  } catch (cause) {
    throw new UserError(`building llama-bench failed: ${oneLine(cause).slice(0, 300)}`, {
      cause,
      remedy: 'It needs git, cmake and a C++ compiler; or give a llama-bench of your own with --llama-bench PATH.',
    });
  }
  return built;
}

const resultSchema = z.array(
  z.object({
    n_prompt: z.int(),
    n_gen: z.int(),
    avg_ts: z.number(),
    stddev_ts: z.number(),
    samples_ts: z.array(z.number()),
  }),
);

/** Tokens per second of the pp and tg tests, averaged over `repetitions` by llama-bench itself. */
export async function runLlamaBench(
  path: string,
  test: { model: string; threads: number; nPrompt: number; nGen: number; repetitions: number },
): Promise<{ pp: number; tg: number }> {
  const { model, threads, nPrompt, nGen, repetitions } = test;
  const output = await $({
    quiet: true,
  })`${path} -m ${model} -t ${threads} -p ${nPrompt} -n ${nGen} -r ${repetitions} -ngl 0 -o json`;
  const results = resultSchema.parse(JSON.parse(output.stdout));
  const rate = (wanted: (result: (typeof results)[number]) => boolean) => results.find(wanted)?.avg_ts ?? Number.NaN;
  return { pp: rate((result) => result.n_prompt > 0), tg: rate((result) => result.n_gen > 0) };
}
