/** `models.ts convert FOLDER`: from safetensors to GGUF. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { missingError, usageError } from '../../command-line/errors.ts';
import { bytes, parameterCount, significant } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { programPath } from '../../command-line/program-path.ts';
import { convertTargets } from '../../models/convert/convert-folder.ts';
import { fetchSourceFolder, requireRepositoryName } from '../../models/convert/hub-folder.ts';
import { openSourceFolder } from '../../models/convert/source-folder.ts';
import { hubOf, isOffline } from '../../models/hub/hub.ts';
import { mlcFacts } from '../../models/mlc/folder.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { type ModelProgress, printResult, withProgress } from '../../models/model-progress.ts';
import { requireFree } from '../../models/new-file.ts';
import { convertModel, runTool } from '../convert.ts';
import { type MadeFile, madeText } from '../made-file.ts';

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
      const work = async (progress: ModelProgress, signal: AbortSignal) => {
        const folder = await folderOf(source, options.hubUrl, progress);
        if (tool === 'mlc') return convertToMlc({ folder, to, output, conversation, force }, progress, signal);
        return convertModel(
          { folder, to: target(to), output, name, pre, acceptedKeys: options.acceptConfig, tool, convertScript, force },
          progress,
          signal,
        );
      };
      const made = await withProgress(`converting ${source}`, work, stopping);
      printResult(options.json, made, () => ('tensors' in made ? madeText(factsText(made), made) : made.path));
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

function factsText({ architecture, parameters, tensors, bitsPerWeight, bytes: size }: MadeFile): string {
  return (
    `${architecture}: ${parameterCount(parameters)} parameters in ${tensors} tensors, ` +
    `${significant(bitsPerWeight)} bits per weight, ${bytes(size)}`
  );
}

interface MlcConversion {
  folder: string;
  /** MLC's own name: q4f16_1, q0f32, ... */
  to: string;
  output: string | undefined;
  /** Name of the conversation's format, which MLC has built in. */
  conversation: string;
  force: boolean;
}

/** @throws UserError when there is no mlc_llm, or with its error message */
export async function convertToMlc(request: MlcConversion, progress: ModelProgress, signal: AbortSignal) {
  const source = openSourceFolder(request.folder);
  const tool = mlcTool();
  const path = resolve(request.output ?? `${source.name}-${request.to}-MLC`);
  requireFree(path, request.force);
  const step = (name: string, options: readonly string[]) => {
    const label = `${name} of ${source.name}`;
    return runTool(tool, [name, ...options], {}, () => progress({ label, done: 0, total: 0 }), signal);
  };
  const common = [source.path, '--quantization', request.to];
  await step('convert_weight', [...common, '--output', path]);
  await step('gen_config', [...common, '--conv-template', request.conversation, '--output', path]);
  return { path, ...mlcFacts(path) };
}

function mlcTool(): string {
  const found = programPath('mlc_llm');
  if (found !== undefined) return found;
  throw missingError(
    'mlc_llm is not on the PATH',
    'Install it as https://llm.mlc.ai/docs/install/mlc_llm.html says, and activate its environment.',
  );
}
