/** `frameworks.ts install NAME --variant VARIANT`: says what it costs, asks, and installs. */
import { createInterface } from 'node:readline/promises';
import { exitCodes, usageError } from '../command-line/errors.ts';
import { bytes, milliseconds } from '../command-line/format.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { program } from '../command-line/program.ts';
import { missingToolsError } from '../command-line/program-path.ts';
import { progress } from '../command-line/progress.ts';
import { print, printJson, say } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import { type Installation, installationFolder, installed, installVariant } from '../frameworks/installation.ts';
import { frameworkNamed, frameworks } from '../frameworks/registry.ts';
import type { FrameworkVariant, VariantRecipe } from '../frameworks/variant.ts';

export function installCommand() {
  return program('install', 'Installs a variant of a framework: says what it costs, and asks.', [
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native', 'llama.cpp compiled for this processor'],
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native --yes', 'without asking'],
  ])
    .argument('<framework>', 'its name, as `list` shows it')
    .option('--variant <name>', 'which one, where there are several')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print JSON', false)
    .action(async (name, options) => {
      const { framework, variant } = chosenVariant(name, options.variant);
      const recipe = await variant.recipe();
      const there = installed({ framework: framework.name, variant: variant.name }, recipe.identity);
      const made = there ?? (await install(framework.name, variant, recipe, options.yes));
      if (options.json) printJson(made);
      else print(resultText(made, variant, there !== undefined));
    });
}

async function install(
  framework: string,
  variant: FrameworkVariant,
  recipe: VariantRecipe,
  yes: boolean,
): Promise<Installation> {
  const missing = await recipe.missingTools();
  if (missing.length > 0) throw missingToolsError(variant.title, missing);
  const name = { framework, variant: variant.name };
  say(costText(variant, recipe, installationFolder(name, recipe.identity)));
  if (!yes) await requireConsent();
  const signal = interruptSignal('Stopping the installation.');
  const line = progress(`installing ${framework} ${variant.name}`);
  try {
    return await installVariant(framework, variant, recipe, {
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

/** @param variantName needed only where there are several. @throws UserError that names the variants */
export function chosenVariant(name: string, variantName: string | undefined): ChosenVariant {
  const framework = frameworkNamed(name);
  const { variants = [] } = framework;
  const names = variants.map((variant) => variant.name);
  const found =
    variantName === undefined && variants.length === 1
      ? variants[0]
      : variants.find((each) => each.name === variantName);
  if (found !== undefined) return { framework, variant: found };
  if (variants.length === 0) {
    throw usageError(
      `${name} has no variants to install`,
      `Those that have: ${everyVariant()
        .map((each) => each.framework.name)
        .join(', ')}.`,
    );
  }
  throw usageError(
    variantName === undefined ? `${name} has several variants` : `${name} has no variant "${variantName}"`,
    `Say which with --variant: ${names.join(', ')}.`,
  );
}

export function everyVariant(): ChosenVariant[] {
  return frameworks.flatMap((framework) => (framework.variants ?? []).map((variant) => ({ framework, variant })));
}
