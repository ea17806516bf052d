/** tinygrad's own benchmark, `python -m tinygrad.llm --benchmark`, as the yardstick of ours. */

import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { oneLine, UserError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { tinygradEnvironment } from './framework.ts';

const ownBenchmark = fileURLToPath(new URL('./own_benchmark.py', import.meta.url));

/**
 * Duration of each token, milliseconds, from a prompt of one token on; the first few compile.
 * @param python an interpreter that has tinygrad
 * @param environment what it needs to find it
 * @throws UserError with the end of its output when it fails
 */
export async function runOwnBenchmark(
  python: string,
  environment: Readonly<Record<string, string>>,
  modelPath: string,
  tokens: number,
  settings: EngineSettings,
): Promise<number[]> {
  const flags = ['--model', modelPath, '--max_context', `${settings.contextTokens}`, '--benchmark', `${tokens}`];
  // HALF=0: it would round the weights to half precision, which ours does not.
  const env = { ...process.env, ...environment, ...tinygradEnvironment(settings), HALF: '0' };
  try {
    const { stdout } = await $({ quiet: true, env })`${python} ${ownBenchmark} ${flags}`;
    return tokenDurations(stdout);
  } catch (cause) {
    throw new UserError(`tinygrad's own benchmark failed: ${oneLine(cause).slice(-300)}`, {
      cause,
      remedy: `Try it by itself: ${python} ${ownBenchmark} --model FILE --benchmark.`,
    });
  }
}

/** Of lines like ` 16.49 ms,  60.63 tok/s,    1.04 GB/s, 17/24 MB  --  ...`. */
export function tokenDurations(printed: string): number[] {
  return [...printed.matchAll(/^\s*([\d.]+) ms,\s+[\d.]+ tok\/s/gm)].map(([, milliseconds]) => Number(milliseconds));
}
