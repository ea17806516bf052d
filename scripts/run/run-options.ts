/** The options of everything that measures, and the frameworks that they name. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { missingError, usageError } from '../command-line/errors.ts';
import { commaList, suggesting } from '../command-line/options.ts';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { addFrameworkOptions, type FrameworkOption, pythonOptions } from '../command-line/parsing/framework-options.ts';
import { probeFramework } from '../engine/engine.ts';
import type { Framework, KnownServer } from '../frameworks/framework.ts';
import { configured, frameworkNamed, frameworkNames, frameworks, serverNamed } from '../frameworks/registry.ts';
import { engineSettings as engineSettingEntries } from '../settings/engine-settings.ts';
import { outputSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import { type EngineSettings, settings } from '../settings/settings.ts';
import { measuringSettings, samplingSettings } from '../settings/workload-settings.ts';
import type { NotRun } from './refusal.ts';

/** Settings of the engine; shared by benchmark, chat and all else that loads a model. */
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

/** Where results go and how they are shown. */
export function withOutputOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(outputSettings));
}

/** The options of every framework, in scripts that use several: only its framework reads them. Frameworks may share one. */
export function withFrameworkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options> {
  const added = new Set<FrameworkOption>();
  for (const { options = [] } of frameworks) {
    for (const option of options) {
      if (added.has(option)) continue;
      added.add(option);
      const titles = frameworks.filter((other) => other.options?.includes(option)).map(({ title }) => title);
      addFrameworkOptions(command, [option], `${titles.join(', ')}:`);
    }
  }
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

// --frameworks: named ones are run, or reported, as asked; `auto` is every one that works here.

/** Names of frameworks and servers, separated by commas. */
export const frameworkList = suggesting(commaList, () => ['auto', ...frameworkNames()]);
/** One of them. */
export const frameworkWord = suggesting(String, frameworkNames);

/**
 * @param typed values of the command's options, those of frameworks among them
 * @throws UserError for a name that does not exist, or a server that does not answer
 */
export async function chooseFrameworks(
  names: readonly string[],
  typed: object,
): Promise<{ chosen: Framework[]; notRun: NotRun[] }> {
  if (!names.includes('auto')) {
    return { chosen: (await frameworksNamed(names, typed)).map(withNamedDefaults), notRun: [] };
  }
  const chosen: Framework[] = [];
  const notRun: NotRun[] = [];
  for (const framework of frameworks.map((each) => configured(each, typed))) {
    const availability = await probeFramework(framework);
    if (availability.status === 'available') chosen.push(framework);
    else notRun.push({ framework: framework.name, quantize: '-', ...availability });
  }
  return { chosen, notRun };
}

/** The one that a person named. @throws UserError as chooseFrameworks */
export async function oneFrameworkNamed(name: string, typed: object, named = frameworkNamed): Promise<Framework> {
  return withServer(configured(named(name), typed), serverAmong([name]));
}

/** Each once; the client of a server that is named asks it at its usual address, unless the person gives another. */
export async function frameworksNamed(names: readonly string[], typed: object): Promise<Framework[]> {
  const server = serverAmong(names);
  const chosen = new Set(names.map((name) => frameworkNamed(name)));
  return Promise.all([...chosen].map((framework) => withServer(configured(framework, typed), server)));
}

/** @throws UserError for two servers in place of one */
export function serverAmong(names: readonly string[]): KnownServer | undefined {
  const [server, other] = new Set(names.flatMap((name) => serverNamed(name) ?? []));
  if (server === undefined || other === undefined) return server;
  throw usageError(
    `${server.title} and ${other.title} are both servers, and a command asks one`,
    'Measure each by itself; collate/analyze.ts compares them.',
  );
}

/** @throws UserError for a server that does not answer at its usual address, where none was given */
async function withServer(framework: Framework, server: KnownServer | undefined): Promise<Framework> {
  if (server === undefined || framework.servers?.includes(server) !== true) return framework;
  const { title, url, start, addressOption } = server;
  if (framework.given?.[addressOption] !== undefined) return framework;
  if (!(await answers(url))) {
    throw missingError(`${title} does not answer at ${url}`, `Start it, \`${start}\`, or say where it is: --url URL.`);
  }
  return { ...framework, given: { ...framework.given, [addressOption]: url } };
}

/** Adds the options that a framework needs when a person names it, unless they are given. */
export function withNamedDefaults(framework: Framework): Framework {
  return { ...framework, given: { ...framework.whenNamed, ...framework.given } };
}

const patienceMs = 2000;

/** Any answer will do: asking for the models shows later whether it is the right server. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
