/** `frameworks.ts install NAME --variant VARIANT`: says what it costs, asks, and installs. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { exitCodes, usageError } from '../command-line/errors.ts';
import { bytes, milliseconds } from '../command-line/format.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { program } from '../command-line/program.ts';
import { missingToolsError } from '../command-line/program-path.ts';
import { print, printJson, say } from '../command-line/terminal.ts';
import { type Installation, installationFolder, workingInstallation } from '../frameworks/installation.ts';
import { isPythonVariant } from '../frameworks/python-environment/variant.ts';
import type { FrameworkVariant, PackageSources, VariantRecipe } from '../frameworks/variant.ts';
import {
  environmentsCostText,
  installEnvironments,
  installWithProgress,
  minutesText,
  requireAllInstalled,
} from './installing.ts';
import { chosenVariant, everyEnvironment } from './variants.ts';

export function installCommand() {
  return program('install', 'Installs a variant of a framework: says what it costs, and asks.', [
    ['npx tsx scripts/frameworks.ts install pytorch', 'PyTorch, in a Python environment of its own'],
    ['npx tsx scripts/frameworks.ts install --all --yes', 'every Python environment, without asking'],
    [
      'npx tsx scripts/frameworks.ts install openvino --offline --find-links wheels',
      'from a folder, without a network',
    ],
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native', 'llama.cpp compiled for this processor'],
  ])
    .argument('[framework]', 'its name, as `list` shows it')
    .option('--variant <name>', 'which one (default: the first that `list` shows)')
    .option(
      '--all',
      'the Python environment of every framework that has one; the failure of one does not stop the others',
      false,
    )
    .option('--yes', 'do not ask', false)
    .option('--offline', 'ask no package index: every package comes from --find-links', false)
    .option('--find-links <dir>', 'folder with Python packages; may be given several times', collected)
    .option('--python <path>', 'the Python that an environment is made with')
    .option('--json', 'print JSON', false)
    .action(async (name, options) => {
      if (options.all) return installAll(name, options);
      if (name === undefined) throw usageError('no framework is named', 'Name one that `list` shows, or add --all.');
      const { framework, variant } = chosenVariant(name, options.variant);
      const sources = packageSources(options, variant);
      const recipe = await variant.recipe();
      const there = await workingInstallation({ framework: framework.name, variant: variant.name }, recipe);
      const made = there ?? (await install(framework.name, variant, recipe, { yes: options.yes, sources }));
      if (options.json) printJson(made);
      else print(resultText(made, variant, there !== undefined));
    });
}

interface AllOptions extends GivenSources {
  variant?: string | undefined;
  yes: boolean;
  json: boolean;
}

async function installAll(name: string | undefined, options: AllOptions): Promise<void> {
  if (name !== undefined || options.variant !== undefined) {
    throw usageError('--all installs every Python environment', 'Leave out the name and --variant, or --all.');
  }
  const environments = everyEnvironment();
  const [first] = environments;
  const sources = first === undefined ? undefined : packageSources(options, first.variant);
  const costs = await environmentsCostText(environments);
  if (costs !== null) {
    say(costs);
    if (!options.yes) await requireConsent();
  }
  const signal = interruptSignal('Stopping the installation.');
  const outcomes = await installEnvironments({ ...(sources === undefined ? {} : { sources }), signal }, environments);
  if (options.json) {
    printJson(outcomes.map(({ failure, ...outcome }) => ({ ...outcome, error: failure?.message ?? null })));
  }
  requireAllInstalled(outcomes);
}

/** Every value of an option that may be given several times. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

interface GivenSources {
  offline: boolean;
  findLinks?: readonly string[] | undefined;
  python?: string | undefined;
}

/** @throws UserError for options that the variant does not have, and folders that do not exist */
export function packageSources(
  { offline, findLinks = [], python }: GivenSources,
  variant: FrameworkVariant,
): PackageSources {
  const given = offline || findLinks.length > 0 || python !== undefined;
  if (given && !isPythonVariant(variant)) {
    throw usageError(
      `${variant.title} is not made of Python packages`,
      'Leave out --offline, --find-links and --python.',
    );
  }
  if (offline && findLinks.length === 0) {
    throw usageError('--offline needs a folder with the packages', 'Name it with --find-links DIR.');
  }
  const absent = findLinks.find((place) => !place.includes('://') && !existsSync(place));
  if (absent !== undefined) throw usageError(`there is no folder ${absent}`, 'Check --find-links.');
  return { offline, findLinks: findLinks.map(absolute), ...(python === undefined ? {} : { python }) };
}

function absolute(place: string): string {
  return place.includes('://') ? place : resolve(place);
}

async function install(
  framework: string,
  variant: FrameworkVariant,
  recipe: VariantRecipe,
  { yes, sources }: { yes: boolean; sources: PackageSources },
): Promise<Installation> {
  const missing = await recipe.missingTools();
  if (missing.length > 0) throw missingToolsError(variant.title, missing);
  const name = { framework, variant: variant.name };
  say(costText(variant, recipe, installationFolder(name, recipe.identity)));
  if (!yes) await requireConsent();
  return installWithProgress(framework, variant, recipe, {
    sources,
    signal: interruptSignal('Stopping the installation.'),
  });
}

function costText({ title, gain, costs }: FrameworkVariant, { identity }: VariantRecipe, folder: string): string {
  const download = costs.downloadBytes === 0 ? 'Nothing is downloaded' : `It downloads ${bytes(costs.downloadBytes)}`;
  return [
    `${title}, version ${identity.version}. ${gain}`,
    `${download}; it takes ${minutesText(costs.minutes)} on two cores, ${bytes(costs.workingBytes)} of disk meanwhile and ${bytes(costs.installedBytes)} afterwards.`,
    `Folder: ${folder}. Output of the work: ${folder}.log`,
  ].join('\n');
}

/** @throws UserError where nobody can be asked; an AbortError for no */
async function requireConsent(): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError('nobody can be asked here', 'Add --yes.');
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  asking.on('SIGINT', () => process.exit(exitCodes.interrupted));
  try {
    const answer = await asking.question('Install it? [Y/n] ');
    if (!/^(y|yes|)$/i.test(answer.trim())) throw new DOMException('not wanted', 'AbortError');
  } finally {
    asking.close();
  }
}

function resultText(
  { framework, variant, folder, bytes: size, durationMs, facts }: Installation,
  { title }: FrameworkVariant,
  was: boolean,
): string {
  const shown = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
  return [
    was ? `${framework} ${variant} is installed already.` : `${title}: installed in ${milliseconds(durationMs)}.`,
    [folder, bytes(size), ...shown].join(', '),
    `It is used from now on. To remove it: npx tsx scripts/frameworks.ts remove ${framework} --variant ${variant}`,
  ].join('\n');
}
