/**
 * `overhead.ts quantize`: Tokenlap's quantiser and llama-quantize on the same file, in turns: seconds and memory. By default the
 * file has random weights in the shape of a 1B model (2.5 GB in f16, made in the model cache).
 */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bytes, significant } from '../command-line/format.ts';
import { commaList, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { table } from '../command-line/terminal.ts';
import { foundTool } from '../frameworks/llamacpp/tools/native-tool.ts';
import { modelCacheFolder } from '../models/model-cache.ts';
import { modelRequestOf } from '../models/model-options.ts';
import { type ModelProgress, printResult, withProgress } from '../models/model-progress.ts';
import { resolveModel } from '../models/resolve.ts';
import { type Quantized, type QuantizeRequest, quantizeModel } from '../preparation/quantize.ts';
import { mean } from '../statistics/statistics.ts';

export function quantizeSpeedCommand() {
  return program('quantize', "Seconds and memory of Tokenlap's quantiser and of llama-quantize, in turns.", [
    ['npx tsx scripts/overhead.ts quantize', 'random weights in the shape of a 1B model'],
    ['npx tsx scripts/overhead.ts quantize ./model-f16.gguf --to q8_0 --turns 5', 'a file, one format'],
  ])
    .argument('[source]', 'a GGUF file in f32, f16 or bf16')
    .option('--to <list>', 'formats that both make: q8_0, q4_0, f16, bf16, f32', commaList, ['q8_0', 'q4_0'])
    .option('--turns <n>', 'runs of each tool', wholeNumber(1), 3)
    .option('--llama-quantize <path>', 'the reference (default: TOKENLAP_LLAMA_QUANTIZE, or the one on the PATH)')
    .option('--threads <n>', 'threads of llama-quantize', wholeNumber(1), availableParallelism())
    .option('--json', 'print JSON', false)
    .action(async (given, { to: formats, turns, llamaQuantize, threads, json }) => {
      const rows = await withProgress('quantising in turns', async (onProgress, signal) => {
        const request = modelRequestOf({ size: '1B', quantize: 'f16', synthetic: true }, { seed: 42, formats: [] });
        const source = given ?? (await resolveModel(request, onProgress)).path;
        return quantizeInTurns({ source, formats, turns, llamaQuantize, threads }, onProgress, signal);
      });
      printResult(json, rows, () =>
        table(['format', 'tool', 'seconds', 'each', 'peak memory', 'ratio'], cells(rows), 'llrlrr'),
      );
    });
}

interface SpeedRow {
  to: string;
  tool: string;
  /** Duration of each turn, without hashing the source. */
  durationsMs: number[];
  peakResidentBytes: number | null;
}

interface SpeedRequest {
  source: string;
  formats: readonly string[];
  turns: number;
  /** Path of llama-quantize from the user. */
  llamaQuantize: string | undefined;
  threads: number;
}

/** @returns a row for each format and tool; without a llama-quantize only for Tokenlap's own */
async function quantizeInTurns(
  { source, formats, turns, llamaQuantize, threads }: SpeedRequest,
  onProgress: ModelProgress,
  signal: AbortSignal,
): Promise<SpeedRow[]> {
  const named = llamaQuantize ?? (process.env.TOKENLAP_LLAMA_QUANTIZE || undefined) ?? foundTool('llama-quantize');
  const tools = named === undefined ? (['own'] as const) : (['own', 'llama-quantize'] as const);
  const output = join(modelCacheFolder(), 'quantize-speed.gguf');
  const shared: Omit<QuantizeRequest, 'to' | 'tool'> = {
    source,
    output,
    folder: '.',
    llamaQuantize: named,
    threads,
    pure: true,
    build: false,
    allowRequantize: false,
    imatrix: undefined,
    force: true,
  };
  const rows: SpeedRow[] = [];
  for (const to of formats) {
    const made: Quantized[] = [];
    for (let turn = 0; turn < turns; turn++) {
      // A B, then B A, so that drift affects both alike.
      for (const tool of turn % 2 === 0 ? tools : [...tools].reverse()) {
        made.push(await quantizeModel({ ...shared, to, tool }, onProgress, signal));
        await rm(output, { force: true });
        await rm(`${output}.sha256.json`, { force: true });
      }
    }
    for (const tool of new Set(made.map((one) => one.tool))) {
      const own = made.filter((one) => one.tool === tool);
      const peak = Math.max(...own.map(({ peakResidentBytes }) => peakResidentBytes ?? 0));
      rows.push({
        to,
        tool,
        durationsMs: own.map(({ durationMs }) => durationMs),
        peakResidentBytes: peak === 0 ? null : peak,
      });
    }
  }
  return rows;
}

function cells(rows: readonly SpeedRow[]): string[][] {
  return rows.map(({ to, tool, durationsMs, peakResidentBytes }) => {
    const other = rows.find((row) => row.to === to && row.tool === 'llama-quantize');
    return [
      to,
      tool,
      significant(mean(durationsMs) / 1000),
      durationsMs.map((ms) => significant(ms / 1000)).join(' '),
      peakResidentBytes === null ? '-' : bytes(peakResidentBytes),
      other === undefined ? '-' : significant(mean(durationsMs) / mean(other.durationsMs)),
    ];
  });
}
