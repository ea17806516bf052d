/** The options that choose a model, the same for every script that loads one, and the request that they make. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { isSwitchedOn } from '../command-line/environment.ts';
import { usageError } from '../command-line/errors.ts';
import { commaList, suggesting } from '../command-line/options.ts';
import { inGroup } from '../command-line/short-help.ts';
import { defaultQuantization, engineQuantizations, parseQuantization, portableQuantizations } from './quantization.ts';
import { findModel, findShape, loadRegistry, modelCalled } from './registry.ts';
import type { ModelRequest } from './resolve.ts';

/** Which model, whatever the format of its weights. */
function addModelChoice<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option(
      '--size <size>',
      'size of a known model: tiny (embedded, the default), 135M, 1B, 8B, ...',
      suggesting(String, knownSizes),
    )
    .option(
      '--algorithm <family>',
      'family where a size has several: llama, qwen2, qwen3, gemma3, gpt2, ...',
      suggesting(String, knownFamilies),
    )
    .option('--model <name>', 'a GGUF file of your own, or the name of a known model, instead of --size')
    .option('--synthetic', 'random weights in the exact shape of the model: speed without a download', false)
    .option('--offline', 'never download (or TOKENLAP_OFFLINE=1)', false)
    .option('--hub-url <url>', 'mirror to fetch models from (or TOKENLAP_HUB_URL, HF_ENDPOINT)')
    .on('option:offline', () => {
      // What else a framework would fetch, it asks about here.
      process.env.TOKENLAP_OFFLINE = '1';
    });
}

function knownSizes(): string[] {
  return [...new Set(loadRegistry().models.map(({ size }) => size))];
}

function knownFamilies(): string[] {
  return [...new Set(loadRegistry().models.map(({ family }) => family))];
}

const formatNames = `${portableQuantizations.join(', ')}, or an engine's own (q8_0, q4_k_m, ...)`;
const knownFormats = () => [...portableQuantizations, ...engineQuantizations];
const heading = 'Model:';

export function withModelOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, heading, addModelOptions);
}

function addModelOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addModelChoice(command).option(
    '--quantize <name>',
    `weight format: ${formatNames}`,
    suggesting(parseQuantization, knownFormats),
    defaultQuantization,
  );
}

/** For comparisons: several formats of the same model. */
export function withModelVariants<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return inGroup(command, heading, addModelVariants);
}

function addModelVariants<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addModelChoice(command).option(
    '--quantize <list>',
    `weight formats, separated by commas: ${formatNames}`,
    suggesting((text) => commaList(text).map(parseQuantization), knownFormats),
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

/** Before anything is started. @throws UserError for a size or a family that does not exist */
export function requireKnownSize({ size, algorithm, model, synthetic }: Omit<ModelOptionValues, 'quantize'>): void {
  if (model === undefined) (synthetic === true ? findShape : findModel)(loadRegistry(), size, algorithm);
}

/** What a person typed in place of `--size` or `--model`. A size of no known model stays one, for a family's template. */
export function sizeOrName(typed: string): { size: string } | { model: string } {
  const found = modelCalled(loadRegistry(), typed);
  return found === undefined || found.size.toLowerCase() === typed.toLowerCase() ? { size: typed } : { model: typed };
}

/** @throws UserError when options contradict each other */
export function modelRequestOf(
  options: ModelOptionValues,
  { seed, formats, modelFormats }: Pick<ModelRequest, 'seed' | 'formats' | 'modelFormats'>,
  environment: NodeJS.ProcessEnv = process.env,
): ModelRequest {
  if (options.model !== undefined && options.size !== undefined) {
    throw usageError('--model and --size both name a model', 'Leave one of them away.');
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
