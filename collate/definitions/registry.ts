/** The tools whose definitions are known. */

import { exitCodes, UserError } from '../../scripts/command-line/errors.ts';
import { withSuggestion } from '../../scripts/command-line/suggestion.ts';
import type { Tool } from './tool.ts';
import { aiperf } from './tools/aiperf.ts';
import { guidellm } from './tools/guidellm.ts';
import { llamaBench } from './tools/llama-bench.ts';
import { mlcBench } from './tools/mlc-bench.ts';
import { mlperfClient } from './tools/mlperf-client.ts';
import { vllm } from './tools/vllm.ts';

export const tools: readonly Tool[] = [vllm, aiperf, guidellm, mlcBench, mlperfClient, llamaBench];

/** @throws UserError naming the known ones */
export function toolsNamed(names: readonly string[]): readonly Tool[] {
  if (names.includes('all')) return tools;
  return names.map((name) => {
    const found = tools.find((tool) => tool.name === name);
    if (found !== undefined) return found;
    const known = tools.map((tool) => tool.name);
    throw new UserError(withSuggestion(`--as does not know "${name}"`, name, known), {
      exitCode: exitCodes.usage,
      remedy: `Known are: ${known.join(', ')}, all.`,
    });
  });
}
