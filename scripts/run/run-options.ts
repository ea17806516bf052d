/** The options of everything that measures. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { suggesting } from '../command-line/options.ts';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { addFrameworkOptions, pythonOptions } from '../command-line/parsing/framework-options.ts';
import { frameworks } from '../frameworks/registry.ts';
import { engineSettings as engineSettingEntries } from '../settings/engine-settings.ts';
import { outputSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import { type EngineSettings, settings } from '../settings/settings.ts';
import { measuringSettings, samplingSettings } from '../settings/workload-settings.ts';

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

/** The options of every framework, in scripts that use several: only its framework reads them. */
export function withFrameworkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options> {
  for (const { title, options = [] } of frameworks) addFrameworkOptions(command, options, `${title}:`);
  return command;
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

function knownDevices(): string[] {
  return ['auto', ...new Set(frameworks.flatMap(({ devices }) => devices))];
}
