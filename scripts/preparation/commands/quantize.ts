/** `models.ts quantize SOURCE --to FORMAT`: another weight format of a GGUF file. */
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';
import { bytes, significant } from '../../command-line/format.ts';
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { namedFile } from '../../models/model-catalog.ts';
import { printResult, withProgress } from '../../models/model-progress.ts';
import { ggufQuantizations } from '../../models/quantization.ts';
import { madeText } from '../made-file.ts';
import { type Quantized, quantizeModel, quantizeTools } from '../quantize.ts';

export function quantizeCommand() {
  return program('quantize', 'Makes another weight format of a GGUF file.', [
    ['npx tsx scripts/models.ts quantize ./model-f16.gguf --to q8_0', 'beside it: model-q8_0.gguf'],
    ['npx tsx scripts/models.ts quantize ./model-f16.gguf --to q4_k_m', 'through llama-quantize'],
    [
      'npx tsx scripts/models.ts quantize ./model-f16.gguf --to q4_0 --no-pure',
      "llama.cpp's mixture, output matrix in q6_k",
    ],
    [
      'npx tsx scripts/models.ts quantize ./model-q4_k_m.gguf --to f32',
      'the same values, for engines without this format',
    ],
    [
      'npx tsx scripts/models.ts quantize tiny --to q4_0 --output tiny-q4_0.gguf',
      'a known model that is on this machine',
    ],
  ])
    .argument('<source>', 'a GGUF file, or size or id of a known model')
    .requiredOption(
      '--to <format>',
      'f32, f16, bf16, q8_0, q4_0 (own quantiser), q4_k_m, q6_k, ... (llama-quantize)',
      format,
    )
    .option('--output <file>', 'the new file (default: named after the source, beside it)')
    .option('--pure', 'every matrix in this one format: the default for formats of the own quantiser')
    .option('--no-pure', "llama.cpp's mixture, with wider formats for some matrices: the default for the others")
    .addOption(new Option('--tool <tool>', 'who does it').choices(quantizeTools).default('auto' as const))
    .option('--llama-quantize <path>', 'the tool (default: TOKENLAP_LLAMA_QUANTIZE, or the one on the PATH)')
    .option('--build', 'build llama-quantize when there is none', false)
    .option('--imatrix <file>', 'importance matrix for llama-quantize')
    .option('--allow-requantize', 'from a file that is quantised already, which loses precision twice', false)
    .option('--threads <n>', 'of llama-quantize', wholeNumber(1), availableParallelism())
    .option('--force', 'replace a file that is there', false)
    .option('--json', 'print JSON', false)
    .action(async (name, options, command) => {
      const source = namedFile(name, modelCacheFolder());
      const pure = command.getOptionValueSource('pure') === 'cli' ? options.pure : undefined;
      const { output, llamaQuantize, imatrix } = options;
      const named = { source, pure, output, llamaQuantize, imatrix, folder: folderBeside(name, source) };
      const made = await withProgress(
        `quantising ${name}`,
        (report, signal) => quantizeModel({ ...options, ...named }, report, signal),
        'Stopping; the unfinished file is removed.',
      );
      printResult(options.json, made, () => textOf(made));
    });
}

function format(text: string): string {
  const name = text.toLowerCase().replaceAll('-', '_');
  if (ggufQuantizations.includes(name)) return name;
  throw new InvalidArgumentError(`GGUF files are in ${ggufQuantizations.join(', ')}.`);
}

function textOf(made: Quantized): string {
  const facts =
    `${bytes(made.sourceBytes)} at ${significant(made.sourceBitsPerWeight)} bits per weight became ` +
    `${bytes(made.bytes)} at ${significant(made.bitsPerWeight)}, ${made.pure ? 'pure' : "llama.cpp's mixture"}`;
  return madeText(facts, made, {
    speed: `, ${significant(made.megabytesPerSecond)} MB/s of the source`,
    by: made.version === null ? made.tool : `${made.tool} ${made.version}`,
  });
}

/** The default folder of a result: that of a source named by its path, otherwise the current one. */
function folderBeside(name: string, path: string): string {
  return resolve(name) === path ? dirname(path) : process.cwd();
}
