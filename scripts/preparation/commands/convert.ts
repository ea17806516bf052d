/** `models.ts convert FOLDER`: from safetensors to GGUF. */
import { existsSync } from 'node:fs';
import { Option } from '@commander-js/extra-typings';
import { missingError, usageError } from '../../command-line/errors.ts';
import { bytes, milliseconds, parameterCount, significant } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { convertTargets } from '../../models/convert/convert-folder.ts';
import { fetchSourceFolder, requireRepositoryName } from '../../models/convert/hub-folder.ts';
import { hubOf, isOffline } from '../../models/hub/hub.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { type ModelProgress, printResult, stoppable, withProgress } from '../../models/model-progress.ts';
import { type Converted, convertModel } from '../convert.ts';
import { convertToMlc } from '../outside-converters.ts';

const tools = ['own', 'llama.cpp', 'mlc'] as const;

export function convertCommand() {
  return program('convert', 'Makes a GGUF file of a folder as the transformers library saves it.', [
    ['npx tsx scripts/models.ts convert ./Llama-3.2-1B-Instruct', 'Llama-3.2-1B-Instruct-f16.gguf in this folder'],
    ['npx tsx scripts/models.ts convert ./my-model --to q8_0 --output my-model.gguf', 'quantised on the way'],
    ['npx tsx scripts/models.ts convert HuggingFaceTB/SmolLM2-135M-Instruct', 'fetched from the hub first'],
    ['npx tsx scripts/models.ts convert ./my-model --tool llama.cpp', "through llama.cpp's own script"],
    ['npx tsx scripts/models.ts convert ./my-model --tool mlc --to q4f16_1', "to MLC's format, through mlc_llm"],
  ])
    .argument('<source>', 'a folder with config.json and .safetensors files, or owner/name on the hub')
    .option('--to <format>', `${convertTargets.join(', ')}; with --tool mlc its own: q4f16_1, q0f32, ...`, 'f16')
    .option('--output <file>', 'the new file (default: named after the folder, in the current one)')
    .option('--name <name>', 'name of the model in the file (default: that of the folder)')
    .option('--pre <name>', "llama.cpp's name of the pre-tokenizer, where it is not recognised")
    .option('--accept-config <keys>', 'unknown keys of config.json that change nothing, with commas between', keys)
    .addOption(new Option('--tool <tool>', 'who converts').choices(tools).default('own' as const))
    .option('--convert-script <path>', 'convert_hf_to_gguf.py (or TOKENLAP_CONVERT_SCRIPT)')
    .option('--conversation <name>', "MLC's name of the chat format", 'chatml')
    .option('--hub-url <url>', 'mirror to fetch from')
    .option('--force', 'replace a file that is there', false)
    .option('--json', 'print JSON', false)
    .action(async (source, options) => {
      const { output, name, pre, force, tool, to, convertScript, conversation } = options;
      const stopping = 'Stopping; the unfinished file is removed.';
      const work = async (report: ModelProgress, { signal }: { signal: AbortSignal }) => {
        const progress = stoppable(report, signal);
        const folder = await folderOf(source, options.hubUrl, progress);
        if (tool === 'mlc') return convertToMlc({ folder, to, output, conversation, force }, progress, signal);
        return convertModel(
          { folder, to: target(to), output, name, pre, acceptedKeys: options.acceptConfig, tool, convertScript, force },
          progress,
          signal,
        );
      };
      const made = await withProgress(`converting ${source}`, work, stopping);
      printResult(options.json, made, () => ('tensors' in made ? textOf(made) : made.path));
    });
}

async function folderOf(source: string, hubUrl: string | undefined, progress: ModelProgress): Promise<string> {
  if (existsSync(source)) return source;
  requireRepositoryName(source);
  if (isOffline(process.env)) {
    throw missingError('TOKENLAP_OFFLINE forbids fetching', 'Name a folder on this machine, or unset the variable.');
  }
  return fetchSourceFolder(source, hubOf(hubUrl, process.env), modelCacheFolder(), progress);
}

function keys(text: string): string[] {
  return text.split(',').map((key) => key.trim());
}

function target(text: string): (typeof convertTargets)[number] {
  const found = convertTargets.find((name) => name === text.toLowerCase());
  if (found !== undefined) return found;
  throw usageError(
    `--to ${text} is not what a conversion makes`,
    `Convert to ${convertTargets.join(', ')}, and then use \`npx tsx scripts/models.ts quantize FILE --to q4_k_m\`.`,
  );
}

function textOf(made: Converted): string {
  return [
    `${made.architecture}: ${parameterCount(made.parameters)} parameters in ${made.tensors} tensors, ` +
      `${significant(made.bitsPerWeight)} bits per weight, ${bytes(made.bytes)}`,
    `${milliseconds(made.durationMs)}, at most ${bytes(made.peakResidentBytes)} of memory, by ${made.tool}`,
    `sha256 ${made.sha256}`,
    `descends from ${made.lineage.root.name}, sha256 ${made.lineage.root.sha256}`,
    made.path,
  ].join('\n');
}
