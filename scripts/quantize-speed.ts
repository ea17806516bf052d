/**
 * How fast our own quantiser is beside llama-quantize, on the same file and in turns: by default random weights in the shape of a
 * 1B model (2.5 GB in f16, made in the model cache). Writes nothing but what it removes again.
 *
 *   npx tsx scripts/quantize-speed.ts
 *   npx tsx scripts/quantize-speed.ts ./model-f16.gguf --llama-quantize ./llama-quantize
 */
import { availableParallelism } from 'node:os';
import { bytes, significant } from './command-line/format.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { table } from './command-line/terminal.ts';
import { modelRequestOf } from './models/model-options.ts';
import { printResult, stoppable, withProgress } from './models/model-progress.ts';
import { resolveModel } from './models/resolve.ts';
import { quantizeSpeed, type SpeedRow } from './preparation/quantize-speed.ts';

await run(async () => {
  const command = program('quantize-speed', 'Seconds and memory of our quantiser and of llama-quantize, in turns.', [
    ['npx tsx scripts/quantize-speed.ts', 'random weights in the shape of a 1B model'],
    ['npx tsx scripts/quantize-speed.ts ./model-f16.gguf --to q8_0 --turns 5', 'a file, one format'],
  ])
    .argument('[source]', 'a GGUF file in f32, f16 or bf16')
    .option('--to <list>', 'formats that both make: q8_0, q4_0, f16, bf16, f32', commaList, ['q8_0', 'q4_0'])
    .option('--turns <n>', 'times for each tool', wholeNumber(1), 3)
    .option('--llama-quantize <path>', 'the yardstick (default: TOKENLAP_LLAMA_QUANTIZE, or the one on the PATH)')
    .option('--threads <n>', 'of llama-quantize', wholeNumber(1), availableParallelism())
    .option('--json', 'print JSON', false)
    .parse();
  const { to: formats, turns, llamaQuantize, threads, json } = command.opts();
  const rows = await withProgress('quantising in turns', async (report, { signal }) => {
    const progress = stoppable(report, signal);
    const request = modelRequestOf({ size: '1B', quantize: 'f16', synthetic: true }, { seed: 42, formats: [] });
    const source = command.args[0] ?? (await resolveModel(request, progress)).path;
    return quantizeSpeed({ source, formats, turns, llamaQuantize, threads }, progress, signal);
  });
  printResult(json, rows, () =>
    table(['format', 'tool', 'seconds', 'each', 'peak memory', 'ratio'], cells(rows), 'llrlrr'),
  );
});

function cells(rows: readonly SpeedRow[]): string[][] {
  const mean = ({ durationsMs }: SpeedRow) => durationsMs.reduce((sum, ms) => sum + ms, 0) / durationsMs.length / 1000;
  return rows.map((row) => {
    const other = rows.find(({ to, tool }) => to === row.to && tool === 'llama-quantize');
    const peak = row.peakResidentBytes === null ? '-' : bytes(row.peakResidentBytes);
    const each = row.durationsMs.map((ms) => significant(ms / 1000)).join(' ');
    const ratio = other === undefined ? '-' : significant(mean(row) / mean(other));
    return [row.to, row.tool, significant(mean(row)), each, peak, ratio];
  });
}
