/** At which rates a run read its prompts and generated, over how many positions: of its questions, or of its kernel tests. */

import { mean } from '../../statistics/statistics.ts';
import type { KernelFigures } from '../../workloads/kernel/tables.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';
import { meanAttendedPositions, newPromptTokens, type RunRates } from '../figures/metrics.ts';

/** Rates of a run, tokens per second, and what they were measured over. */
export interface RunSpeed {
  decode: { tokensPerSecond: number; positions: number } | null;
  prefill: { tokensPerSecond: number; promptTokens: number; isLowerBound: boolean } | null;
}

export function speedOf(measured: readonly AnswerRecord[], rates: RunRates, kernel: KernelFigures): RunSpeed {
  const { pp, tg } = kernel;
  const { decodeTokensPerSecond: decode, prefillTokensPerSecond: prefill } = rates;
  return {
    decode:
      decode !== null
        ? { tokensPerSecond: decode, positions: meanAttendedPositions(measured) }
        : tg !== null
          ? // The i-th token attends to all before it and to itself.
            { tokensPerSecond: mean(tg.rates), positions: (pp?.depth ?? tg.depth) + (tg.tokens + 1) / 2 }
          : null,
    prefill:
      prefill !== null
        ? {
            tokensPerSecond: prefill,
            promptTokens: mean(measured.map(newPromptTokens)),
            isLowerBound: rates.prefillIsLowerBound,
          }
        : pp !== null
          ? { tokensPerSecond: mean(pp.rates), promptTokens: pp.tokens, isLowerBound: false }
          : null,
  };
}
