/** `frameworks.ts install NAME --variant VARIANT`: says what it costs, asks, and installs. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { exitCodes, usageError } from '../command-line/errors.ts';
import { bytes, milliseconds } from '../command-line/format.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { program } from '../command-line/program.ts';
import { missingToolsError } from '../command-line/program-path.ts';
import { progress } from '../command-line/progress.ts';
import { print, printJson, say } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import {
  type Installation,
  installationFolder,
  installVariant,
  workingInstallation,
} from '../frameworks/installation.ts';
import { isPythonVariant } from '../frameworks/python-environment/variant.ts';
import { frameworkNamed, frameworks } from '../frameworks/registry.ts';
import type { FrameworkVariant, PackageSources, VariantRecipe } from '../frameworks/variant.ts';

export function installCommand() {
  return program('install', 'Installs a variant of a framework: says what it costs, and asks.', [
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native', 'llama.cpp compiled for this processor'],
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native --yes', 'without asking'],
  ])
    .argument('<framework>', 'its name, as `list` shows it')
    .option('--variant <name>', 'which one (default: the first that `list` shows)')
    .option('--yes', 'do not ask', false)
    .option('--offline', 'ask no package index: every package comes from --find-links', false)
    .option('--find-links <dir>', 'folder with Python packages; may be given several times', collected)
    .option('--python <path>', 'the Python that an environment is made with')
    .option('--json', 'print JSON', false)
    .action(async (name, options) => {
      const { framework, variant } = chosenVariant(name, options.variant);
      const sources = packageSources(options, variant);
      const recipe = await variant.recipe();
      const there = await workingInstallation({ framework: framework.name, variant: variant.name }, recipe);
      const made = there ?? (await install(framework.name, variant, recipe, { yes: options.yes, sources }));
      if (options.json) printJson(made);
      else print(resultText(made, variant, there !== undefined));
    });
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

/** @throws as installVariant */
export async function installWithProgress(
  framework: string,
  variant: FrameworkVariant,
  recipe: VariantRecipe,
  { sources, signal }: { sources?: PackageSources; signal: AbortSignal },
): Promise<Installation> {
  const line = progress(`installing ${framework} ${variant.name}`);
  try {
    return await installVariant(framework, variant, recipe, {
      ...(sources === undefined ? {} : { sources }),
      progress: (label, done, total) => {
        line.stage(label);
        if (total > 0) line.update(done, total);
      },
      tell: (text) => {
        line.end();
        say(text);
      },
      signal,
    });
  } finally {
    line.end();
  }
}

function costText({ title, gain, costs }: FrameworkVariant, { identity }: VariantRecipe, folder: string): string {
  const download = costs.downloadBytes === 0 ? 'Nothing is downloaded' : `It downloads ${bytes(costs.downloadBytes)}`;
  return [
    `${title}, version ${identity.version}. ${gain}`,
    `${download}; it takes about ${costs.minutes} minutes on two cores, ${bytes(costs.workingBytes)} of disk meanwhile and ${bytes(costs.installedBytes)} afterwards.`,
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
  const told = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
  return [
    was ? `${framework} ${variant} is installed already.` : `${title}: installed in ${milliseconds(durationMs)}.`,
    [folder, bytes(size), ...told].join(', '),
    `It is used from now on. To do without it: npx tsx scripts/frameworks.ts remove ${framework} --variant ${variant}`,
  ].join('\n');
}

/** A variant of a framework as a person names it. */
export interface ChosenVariant {
  framework: Framework;
  variant: FrameworkVariant;
}

/** @param variantName absent: the first one. @throws UserError that names the variants */
export function chosenVariant(name: string, variantName: string | undefined): ChosenVariant {
  const framework = frameworkNamed(name);
  const { variants = [] } = framework;
  const names = variants.map((variant) => variant.name);
  const found = variantName === undefined ? variants[0] : variants.find((each) => each.name === variantName);
  if (found !== undefined) return { framework, variant: found };
  if (variants.length === 0) {
    throw usageError(
      `${name} has no variants to install`,
      `Those that have: ${everyVariant()
        .map((each) => each.framework.name)
        .join(', ')}.`,
    );
  }
  throw usageError(`${name} has no variant "${variantName}"`, `Those that it has: ${names.join(', ')}.`);
}

export function everyVariant(): ChosenVariant[] {
  return frameworks.flatMap((framework) => (framework.variants ?? []).map((variant) => ({ framework, variant })));
}
