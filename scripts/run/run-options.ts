/** The options of everything that measures, and what they make of a run. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { suggesting } from '../command-line/options.ts';
import { withSuggestion } from '../command-line/suggestion.ts';
import type { Framework } from '../frameworks/framework.ts';
import { configured, frameworks } from '../frameworks/registry.ts';
import { usableCores } from '../machine/facts/host.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { addSettings } from '../settings/add-settings.ts';
import { defaults, type NamedWorkload } from '../settings/defaults.ts';
import { engineSettings as engineSettingEntries } from '../settings/engine-settings.ts';
import { addFrameworkOptions, pythonOptions } from '../settings/framework-options.ts';
import { outputSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import { type EngineSettings, engineSettingsSchema, settings } from '../settings/settings.ts';
import { measuringSettings, samplingSettings } from '../settings/workload-settings.ts';
import { requireEmbeds, requireFit } from './model-fit.ts';

/** Settings of the engine; shared by benchmark, chat and whatever else loads a model. */
export function withEngineOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(addFrameworkOptions(command, pythonOptions, settings.seed.group), namesOf(engineSettingEntries), {
    device: { parse: suggesting(String, knownDevices) },
  });
}

/** What and how much to measure. */
export function withWorkloadOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, [...namesOf(samplingSettings), ...namesOf(measuringSettings)]);
}

/** Where results go and how they are told. */
export function withOutputOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(outputSettings));
}

/** Values of the engine's settings as a person gives them: what is absent depends on the machine and the model. */
export type EngineOptionValues = Omit<
  EngineSettings,
  'threads' | 'contextTokens' | 'sequences' | 'embedding' | 'framework'
> & {
  threads?: number | undefined;
  contextTokens?: number | undefined;
  sequences?: number | undefined;
};

/** What is asked of the engine; absent where only answers can be meant. */
interface AskedWorkload {
  workload?: NamedWorkload | undefined;
}

/** @throws UserError for what the framework does not have: a device, a conversion, compilation, several devices or sequences */
export function requireOffered(options: EngineOptionValues & AskedWorkload, framework: Framework): void {
  const { sequences = 1 } = options;
  if (options.workload === 'embedding') requireEmbeds(framework);
  refuseUnless(
    sequences === 1 || framework.sequences,
    `${framework.title} computes one sequence at a time in an engine`,
    'Leave --sequences out; several engines work at the same time too.',
  );
  if (options.device !== 'auto' && !framework.devices.includes(options.device)) {
    const noDevice = `${framework.title} has no device "${options.device}"`;
    throw new UserError(withSuggestion(noDevice, options.device, framework.devices), {
      exitCode: exitCodes.usage,
      remedy: `Devices of ${framework.title}: auto, ${framework.devices.join(', ')}.`,
    });
  }
  refuseUnless(
    options.precision === 'auto' || framework.precisions?.includes(options.precision),
    `${framework.title} does not convert weights to ${options.precision}`,
    framework.precisions === undefined
      ? 'It runs them as the file has them: choose the file with --quantize.'
      : `It converts to ${framework.precisions.join(', ')}.`,
  );
  refuseUnless(!options.compile || framework.compiles, `${framework.title} does not support --compile`, 'Omit it.');
  refuseUnless(
    options.deviceCount === 1 || framework.shards?.includes(options.shard),
    `${framework.title} does not spread ${options.shard} over ${options.deviceCount} devices`,
    framework.shards === undefined ? 'Leave --device-count out.' : `It spreads ${framework.shards.join(' or ')}.`,
  );
}

/** @throws UserError for what the framework does not have */
export async function engineSettings(
  options: EngineOptionValues & AskedWorkload,
  framework: Framework,
  model: ResolvedModel,
): Promise<EngineSettings> {
  requireOffered(options, framework);
  requireFit(framework, model.record, options.workload);
  const { sequences = 1, ...asked } = options;
  return engineSettingsSchema.parse({
    ...asked,
    threads: options.threads ?? (await usableCores()),
    contextTokens: options.contextTokens ?? Math.min(defaults.contextTokens, model.record.contextLength),
    ...(sequences === 1 ? {} : { sequences }),
    ...(options.workload === 'embedding' ? { embedding: true } : {}),
    framework: framework.given ?? configured(framework, options).given,
  });
}

function refuseUnless(condition: boolean | undefined, message: string, remedy: string): void {
  if (!condition) throw new UserError(message, { exitCode: exitCodes.usage, remedy });
}

function knownDevices(): string[] {
  return ['auto', ...new Set(frameworks.flatMap(({ devices }) => devices))];
}
