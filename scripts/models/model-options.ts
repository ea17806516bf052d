/** The options that choose a model, the same for every script that loads one, and the request that they make. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { isSwitchedOn } from '../command-line/environment.ts';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { commaList } from '../command-line/options.ts';
import { defaultQuantization, parseQuantization, portableQuantizations } from './quantization.ts';
import type { ModelRequest } from './resolve.ts';

/** Which model, whatever the format of its weights. */
function withModelChoice<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option('--size <size>', 'size of a known model: tiny (embedded, the default), 135M, 1B, 8B, ...')
    .option('--algorithm <family>', 'family where a size has several: llama, qwen2, qwen3, gemma3, gpt2, ...')
    .option('--model <path>', 'a GGUF file of your own, or the id of a known model, instead of --size')
    .option('--synthetic', 'random weights in the exact shape of the model: speed without a download', false)
    .option('--offline', 'never download (or TOKENLAP_OFFLINE=1)', false)
    .option('--hub-url <url>', 'mirror to fetch models from (or TOKENLAP_HUB_URL, HF_ENDPOINT)')
    .on('option:offline', () => {
      // What else a framework would fetch, it asks about here.
      process.env.TOKENLAP_OFFLINE = '1';
    });
}

const formatNames = `${portableQuantizations.join(', ')}, or an engine's own (q8_0, q4_k_m, ...)`;

export function withModelOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return withModelChoice(command).option(
    '--quantize <name>',
    `weight format: ${formatNames}`,
    parseQuantization,
    defaultQuantization,
  );
}

/** For comparisons: several formats of the same model. */
export function withModelVariants<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return withModelChoice(command).option(
    '--quantize <list>',
    `weight formats, separated by commas: ${formatNames}`,
    (text: string) => commaList(text).map(parseQuantization),
    [defaultQuantization],
  );
}

export interface ModelOptionValues {
  size?: string | undefined;
  algorithm?: string | undefined;
  quantize: string;
  model?: string | undefined;
  synthetic?: boolean | undefined;
  offline?: boolean | undefined;
  hubUrl?: string | undefined;
  precision?: string | undefined;
}

/** @throws UserError when options contradict each other */
export function modelRequestOf(
  options: ModelOptionValues,
  { seed, formats, modelFormats }: Pick<ModelRequest, 'seed' | 'formats' | 'modelFormats'>,
  environment: NodeJS.ProcessEnv = process.env,
): ModelRequest {
  if (options.model !== undefined && options.size !== undefined) {
    throw new UserError('--model and --size both name a model', {
      exitCode: exitCodes.usage,
      remedy: 'Leave one of them away.',
    });
  }
  return {
    size: options.size,
    algorithm: options.algorithm,
    quantize: options.quantize,
    precision: options.precision,
    path: options.model,
    synthetic: options.synthetic ?? false,
    seed,
    offline:
      options.offline === true ||
      isSwitchedOn(environment.TOKENLAP_OFFLINE) ||
      isSwitchedOn(environment.HF_HUB_OFFLINE),
    hubUrl: options.hubUrl,
    formats,
    modelFormats,
  };
}
