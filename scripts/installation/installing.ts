/** Installs variants, with progress on the screen: one of them, or the Python environment of every framework. */
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { bytes, counted, milliseconds } from '../command-line/format.ts';
import { progress } from '../command-line/progress.ts';
import { say } from '../command-line/terminal.ts';
import { type Installation, installVariant, workingInstallation } from '../frameworks/installation.ts';
import type { FrameworkVariant, PackageSources, VariantRecipe } from '../frameworks/variant.ts';
import { type ChosenVariant, everyEnvironment } from './variants.ts';

export interface Installing {
  /** Absent: the package index that pip or uv is configured with. */
  sources?: PackageSources;
  signal: AbortSignal;
}

/** @throws as installVariant */
export async function installWithProgress(
  framework: string,
  variant: FrameworkVariant,
  recipe: VariantRecipe,
  { sources, signal }: Installing,
): Promise<Installation> {
  const line = progress(`installing ${framework} ${variant.name}`);
  try {
    return await installVariant(framework, variant, recipe, {
      ...(sources === undefined ? {} : { sources }),
      progress: (label, done, total) => {
        line.stage(`${framework} ${variant.name}: ${label}`);
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

/** The result for one framework of several. */
export interface InstallOutcome {
  framework: string;
  variant: string;
  /** Undefined where it failed. */
  installation: Installation | undefined;
  failure: UserError | undefined;
}

/**
 * Installs the environments one after the other, each with a line about how it ended; the failure of one does not stop the
 * others.
 * @throws the reason of the signal
 */
export async function installEnvironments(
  installing: Installing,
  chosen: readonly ChosenVariant[] = everyEnvironment(),
): Promise<InstallOutcome[]> {
  const outcomes: InstallOutcome[] = [];
  for (const { framework, variant } of chosen) {
    const name = { framework: framework.name, variant: variant.name };
    try {
      const recipe = await variant.recipe();
      const there = await workingInstallation(name, recipe);
      const installation = there ?? (await installWithProgress(framework.name, variant, recipe, installing));
      outcomes.push({ ...name, installation, failure: undefined });
      say(doneText(framework.title, installation, there !== undefined));
    } catch (error) {
      installing.signal.throwIfAborted();
      const failure = error instanceof UserError ? error : new UserError(oneLine(error), { cause: error });
      outcomes.push({ ...name, installation: undefined, failure });
      say(failureText(framework.title, failure));
    }
  }
  return outcomes;
}

function doneText(title: string, { bytes: size, durationMs, facts }: Installation, before: boolean): string {
  const when = before ? 'installed already' : `installed in ${milliseconds(durationMs)}`;
  return `${title}: ${when}, ${bytes(size)}, Python ${facts.python}`;
}

function failureText(title: string, { message, remedy }: UserError): string {
  return [`${title}: not installed: ${message}`, ...(remedy === undefined ? [] : [`  next: ${remedy}`])].join('\n');
}

/** @throws UserError when one of them failed, with the number of those that did */
export function requireAllInstalled(outcomes: readonly InstallOutcome[]): void {
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  if (failures.length === 0) return;
  const missing = failures.every(({ exitCode }) => exitCode === exitCodes.missing);
  throw new UserError(`${failures.length} of ${counted(outcomes.length, 'frameworks')} could not be installed`, {
    remedy: 'The lines above say why, each with its next step; the same command then goes on with what is missing.',
    ...(missing ? { exitCode: exitCodes.missing } : {}),
  });
}

/** What the environments that are not there yet cost together, for a person to read before it begins; null: all are there. */
export async function environmentsCostText(
  chosen: readonly ChosenVariant[] = everyEnvironment(),
): Promise<string | null> {
  const missing: ChosenVariant[] = [];
  for (const each of chosen) {
    const recipe = await each.variant.recipe().catch(() => undefined);
    const name = { framework: each.framework.name, variant: each.variant.name };
    const there = recipe === undefined ? undefined : await workingInstallation(name, recipe);
    if (there === undefined) missing.push(each);
  }
  if (missing.length === 0) return null;
  const sum = (cost: (costs: FrameworkVariant['costs']) => number) =>
    missing.reduce((total, { variant }) => total + cost(variant.costs), 0);
  const titles = missing.map(({ framework }) => framework.title).join(', ');
  return `${titles}: at most ${bytes(sum((costs) => costs.downloadBytes))} to download, ${bytes(
    sum((costs) => costs.installedBytes),
  )} on disk, ${minutesText(sum((costs) => costs.minutes))} on two cores, without the download.`;
}

/** 'about 3 minutes'. */
export function minutesText(minutes: number): string {
  return minutes < 1 ? 'less than a minute' : `about ${counted(Math.round(minutes), 'minutes')}`;
}
