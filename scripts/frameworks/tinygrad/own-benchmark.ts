/** tinygrad's own benchmark, `python -m tinygrad.llm --benchmark`, from a prompt of one token on. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { oneLine, UserError } from '../../command-line/errors.ts';
import { generationRate, type OwnBenchmark, oneShot } from '../own-benchmark.ts';

/** Run as a module from here: beside package.py there is an engine.py, which would hide the package `engine`. */
const scripts = fileURLToPath(new URL('../../', import.meta.url));
const program = 'frameworks.tinygrad.package';
/** tinygrad compiles during its first tokens. */
const compilingTokens = 4;

export const ownBenchmark: OwnBenchmark = {
  work: 'generation',
  compilingTokens,
  defaults: {
    shapes: ['15M:q8_0', '135M:q8_0'],
    starts: 5,
    rounds: 1,
    tests: { nPrompt: 1, nGen: 40 },
  },

  async prepare({ python }) {
    const { path, environment } = await python();
    return {
      references: async ({ modelPath, settings, environment: ofEngine, nGen }) => ({
        starters: {
          'tinygrad.llm': oneShot(async () => {
            const flags = [
              '--model',
              resolve(modelPath),
              '--max_context',
              `${settings.contextTokens}`,
              '--benchmark',
              `${nGen}`,
            ];
            // HALF=0: it would round the weights to half precision, which Tokenlap's engine does not.
            const env = { ...process.env, ...environment, ...ofEngine, HALF: '0' };
            const durations = tokenDurations(await printedBy(path, flags, env));
            return { rates: { tg: generationRate(durations, compilingTokens) } };
          }),
        },
      }),
    };
  },
};

/** @throws UserError with the end of its output when it fails */
async function printedBy(python: string, flags: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await $({ quiet: true, cwd: scripts, env })`${python} -m ${program} ${flags}`;
    return stdout;
  } catch (cause) {
    throw new UserError(`tinygrad's own benchmark failed: ${oneLine(cause).slice(-300)}`, {
      cause,
      remedy: `Try it by itself: cd ${scripts} && ${python} -m ${program} --model FILE --benchmark.`,
    });
  }
}

/**
 * Duration of each token, milliseconds.
 * @param printed lines like ` 16.49 ms,  60.63 tok/s,    1.04 GB/s, 17/24 MB  --  ...`
 */
export function tokenDurations(printed: string): number[] {
  return [...printed.matchAll(/^\s*([\d.]+) ms,\s+[\d.]+ tok\/s/gm)].map(([, milliseconds]) => Number(milliseconds));
}
