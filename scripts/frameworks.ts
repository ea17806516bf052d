/**
 * The frameworks of the suite on this machine: what works, and variants that one command installs, each into a folder of its
 * own under the cache (TOKENLAP_CACHE).
 *
 *   npx tsx scripts/frameworks.ts list
 *   npx tsx scripts/frameworks.ts install llamacpp --variant native
 */
import { program, run } from './command-line/program.ts';
import { installCommand } from './installation/install-command.ts';
import { listCommand } from './installation/list-command.ts';
import { pruneCommand, removeCommand } from './installation/remove-command.ts';

await run(async () => {
  await program('frameworks', 'The frameworks on this machine: list, install, remove, prune.', [
    ['npx tsx scripts/frameworks.ts list', 'what works, and what can be installed'],
    ['npx tsx scripts/frameworks.ts install llamacpp --variant native', 'llama.cpp compiled for this processor'],
    ['npx tsx scripts/frameworks.ts remove llamacpp --variant native', 'back to the prebuilt library'],
    ['npx tsx scripts/frameworks.ts prune', 'what no installed version uses any more'],
  ])
    .addCommand(listCommand())
    .addCommand(installCommand())
    .addCommand(removeCommand())
    .addCommand(pruneCommand())
    .parseAsync();
});
