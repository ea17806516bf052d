/**
 * Installs the environment of two tiny packages as `frameworks.ts install` does: in a process of its own, with its messages and
 * exit codes. Its argument is JSON; what it prints is the installation.
 */
import { interruptSignal } from '../../scripts/command-line/interrupt.ts';
import { run } from '../../scripts/command-line/program.ts';
import { printJson } from '../../scripts/command-line/terminal.ts';
import { environmentRecipe } from '../../scripts/frameworks/python-environment/recipe.ts';
import type { FrameworkVariant, PackageSources } from '../../scripts/frameworks/variant.ts';
import { installWithProgress } from '../../scripts/installation/installing.ts';
import { tinyEnvironment } from './wheels.ts';

const { lockPath, sources }: { lockPath: string; sources: PackageSources } = JSON.parse(process.argv[2] ?? '');

await run(async () => {
  const recipe = environmentRecipe(tinyEnvironment, lockPath);
  const { name, title, gain, costs, framework } = tinyEnvironment;
  const variant: FrameworkVariant = { name, title, gain, costs, recipe: async () => recipe };
  const signal = interruptSignal('Stopping the installation.');
  printJson(await installWithProgress(framework, variant, recipe, { sources, signal }));
});
