/** The options that choose a model, the same for every script that loads one, and the request that they make. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { usageError } from '../command-line/errors.ts';
import { commaList, suggesting } from '../command-line/options.ts';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { isOffline } from './hub/hub.ts';
import { engineQuantizations, parseQuantization, portableQuantizations } from './quantization.ts';
import { findModel, findShape, loadRegistry, modelCalled } from './registry.ts';
import type { ModelRequest } from './resolve.ts';

const suggested = {
  size: { parse: suggesting(String, () => [...new Set(loadRegistry().models.map(({ size }) => size))]) },
  algorithm: { parse: suggesting(String, () => [...new Set(loadRegistry().models.map(({ family }) => family))]) },
};
const formatNames = `${portableQuantizations.join(', ')}, or an engine's own (q8_0, q4_k_m, ...)`;
const knownFormats = () => [...portableQuantizations, ...engineQuantizations];
const choiceNames = ['size', 'algorithm', 'model', 'synthetic', 'offline', 'hubUrl'] as const;

export function withModelOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const quantize = { parse: suggesting(parseQuantization, knownFormats), help: `weight format: ${formatNames}` };
  return addSettings(command, [...choiceNames, 'quantize'], { ...suggested, quantize });
}

/** For comparisons: several formats of the same model. */
export function withModelVariants<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const quantize = {
    flag: '--quantize <list>',
    parse: suggesting((text) => commaList(text).map(parseQuantization), knownFormats),
    help: `weight formats, separated by commas: ${formatNames}`,
  };
  return addSettings(command, [...choiceNames, 'quantize'], { ...suggested, quantize });
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
    throw usageError('--model and --size both name a model', 'Use only one of them.');
  }
  return {
    size: options.size,
    algorithm: options.algorithm,
    quantize: options.quantize,
    precision: options.precision,
    path: options.model,
    synthetic: options.synthetic ?? false,
    seed,
    offline: options.offline === true || isOffline(environment),
    hubUrl: options.hubUrl,
    formats,
    modelFormats,
  };
}
