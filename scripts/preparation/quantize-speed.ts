/** Our quantiser and llama-quantize on the same file, in turns: seconds, memory, and whether the bytes are the same. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { foundTool } from '../frameworks/llamacpp/tools/native-tool.ts';
import { modelCacheFolder } from '../models/model-cache.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { type Quantized, type QuantizeRequest, quantizeModel } from './quantize.ts';

export interface SpeedRow {
  to: string;
  tool: string;
  /** Of each turn, without hashing the source. */
  durationsMs: number[];
  peakResidentBytes: number | null;
}

export interface SpeedRequest {
  source: string;
  formats: readonly string[];
  turns: number;
  /** Path of a llama-quantize of one's own. */
  llamaQuantize: string | undefined;
  threads: number;
}

/** @returns a row a format and tool; without a llama-quantize only our own */
export async function quantizeSpeed(
  { source, formats, turns, llamaQuantize, threads }: SpeedRequest,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<SpeedRow[]> {
  const named = llamaQuantize ?? (process.env.TOKENLAP_LLAMA_QUANTIZE || undefined) ?? foundTool('llama-quantize');
  const tools = named === undefined ? (['own'] as const) : (['own', 'llama-quantize'] as const);
  const output = join(modelCacheFolder(), 'quantize-speed.gguf');
  const nothingElse = { pure: true, build: false, allowRequantize: false, imatrix: undefined, force: true };
  const rows: SpeedRow[] = [];
  for (const to of formats) {
    const made: Quantized[] = [];
    for (let turn = 0; turn < turns; turn++) {
      // A B, then B A: what grows slower or faster meanwhile hits both alike.
      for (const tool of turn % 2 === 0 ? tools : [...tools].reverse()) {
        const request: QuantizeRequest = {
          source,
          to,
          output,
          folder: '.',
          tool,
          llamaQuantize: named,
          threads,
          ...nothingElse,
        };
        made.push(await quantizeModel(request, progress, signal));
        await rm(output, { force: true });
        await rm(`${output}.sha256.json`, { force: true });
      }
    }
    for (const tool of new Set(made.map((one) => one.tool))) {
      const own = made.filter((one) => one.tool === tool);
      rows.push({
        ...{ to, tool, durationsMs: own.map(({ durationMs }) => durationMs) },
        peakResidentBytes: own.reduce<number | null>(
          (peak, one) => Math.max(peak ?? 0, one.peakResidentBytes ?? 0) || null,
          null,
        ),
      });
    }
  }
  return rows;
}
