/**
 * The frameworks of the suite on this machine: what works, and variants that one command installs, each into a folder of its
 * own under the cache (TOKENLAP_CACHE).
 *
 *   npx tsx scripts/frameworks.ts list
 *   npx tsx scripts/frameworks.ts install pytorch
 *   npx tsx scripts/frameworks.ts install --all --yes
 *   npx tsx scripts/frameworks.ts install llamacpp --variant native
 */

import { existsSync } from 'node:fs';
import { bytes } from './command-line/format.ts';
import { program, run } from './command-line/program.ts';
import { print, printJson } from './command-line/terminal.ts';
import {
  installationFolder,
  installationFolders,
  installationsOf,
  removeInstallation,
} from './frameworks/installation.ts';
import { installCommand } from './installation/install-command.ts';
import { listCommand } from './installation/list-command.ts';
import { lockCommand } from './installation/lock-command.ts';
import { chosenVariant, everyVariant } from './installation/variants.ts';

/** `frameworks.ts remove NAME` and `prune`: folders of variants that are not wanted any more. */
function removeCommand() {
  return program('remove', 'Removes an installed variant of a framework, in every version that is installed.', [
    ['npx tsx scripts/frameworks.ts remove llamacpp --variant native', 'back to the prebuilt library'],
  ])
    .argument('<framework>', 'its name, as `list` shows it')
    .option('--variant <name>', 'which one (default: the first that `list` shows)')
    .option('--json', 'print JSON', false)
    .action(async (name, options) => {
      const { framework, variant } = chosenVariant(name, options.variant);
      const found = installationsOf({ framework: framework.name, variant: variant.name });
      await removeAll(
        found.map(({ folder }) => folder),
        options.json,
        `${framework.name} ${variant.name} is not installed.`,
      );
    });
}

function pruneCommand() {
  return program('prune', 'Removes variants that no installed version uses, and what killed installations left.', [
    ['npx tsx scripts/frameworks.ts prune', 'after `npm ci` has brought a newer version'],
  ])
    .option('--json', 'print JSON', false)
    .action(async (options) => {
      const used = new Set(await usedFolders());
      const unused = installationFolders().filter((folder) => !used.has(folder));
      await removeAll(unused, options.json, 'Nothing to remove: every folder is in use.');
    });
}

/** The folders that the installed versions look for on this machine, and that are complete. */
async function usedFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const { framework, variant } of everyVariant()) {
    const name = { framework: framework.name, variant: variant.name };
    const recipe = await variant.recipe().catch(() => undefined);
    if (recipe === undefined) continue;
    const folder = installationFolder(name, recipe.identity);
    if (installationsOf(name).some((installation) => installation.folder === folder)) folders.push(folder);
  }
  return folders;
}

async function removeAll(folders: readonly string[], json: boolean, none: string): Promise<void> {
  const removed: Array<{ folder: string; bytes: number }> = [];
  for (const folder of folders) {
    const freed = await removeInstallation(folder, () => existsSync(folder));
    if (freed !== null) removed.push({ folder, bytes: freed });
  }
  const lines = removed.map((one) => `removed ${one.folder}, ${bytes(one.bytes)}`);
  if (json) printJson(removed);
  else print(lines.length === 0 ? none : lines.join('\n'));
}

await run(async () => {
  await program('frameworks', 'The frameworks on this machine: list, install, remove, prune, lock.', [
    ['npx tsx scripts/frameworks.ts list', 'what works, and what can be installed'],
    ['npx tsx scripts/frameworks.ts install pytorch', 'PyTorch, in a Python environment of its own'],
    ['npx tsx scripts/frameworks.ts install --all', 'every framework that lives in Python'],
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native', 'llama.cpp compiled for this processor'],
    ['npx tsx scripts/frameworks.ts remove llamacpp --variant native', 'back to the prebuilt library'],
    ['npx tsx scripts/frameworks.ts prune', 'what no installed version uses any more'],
  ])
    .addCommand(listCommand())
    .addCommand(installCommand())
    .addCommand(removeCommand())
    .addCommand(pruneCommand())
    .addCommand(lockCommand())
    .parseAsync();
});
