/** At which rates a run read its prompts and generated, over how many positions: of its questions, or of its kernel tests. */
import { meanAttendedPositions, newPromptTokens, type RunRates } from '../../scripts/log/figures/metrics.ts';
import { mean } from '../../scripts/statistics/statistics.ts';
import type { AnswerRecord } from '../../scripts/workloads/questions/records.ts';
import type { KernelFigures } from './kernels.ts';
import type { RunSpeed } from './roofline.ts';

export function speedOf(measured: readonly AnswerRecord[], rates: RunRates, kernel: KernelFigures): RunSpeed {
  const { tg_tokens_per_s: tg, pp_tokens_per_s: pp, n_gen: generated, n_prompt: prompted, depth } = kernel;
  const { decodeTokensPerSecond: decode, prefillTokensPerSecond: prefill } = rates;
  return {
    decode:
      decode !== null
        ? { tokensPerSecond: decode, positions: meanAttendedPositions(measured) }
        : tg !== null
          ? // The i-th token attends to all before it and to itself.
            { tokensPerSecond: tg, positions: (depth ?? 0) + ((generated ?? 0) + 1) / 2 }
          : null,
    prefill:
      prefill !== null
        ? {
            tokensPerSecond: prefill,
            promptTokens: mean(measured.map(newPromptTokens)),
            isLowerBound: rates.prefillIsLowerBound,
          }
        : pp !== null
          ? { tokensPerSecond: pp, promptTokens: prompted ?? 0, isLowerBound: false }
          : null,
  };
}
