/**
 * What this machine is (processor, caches, memory, graphics cards, each framework's devices) and what it can do at best
 * (bandwidth of memory and caches, arithmetic, disk, timer). The raw log goes to <output>/raw/hardware/ and stands for a day.
 *
 *   npx tsx scripts/hardware-benchmark.ts
 *   npx tsx scripts/hardware-benchmark.ts --compatibility
 */

import { run } from './command-line/program.ts';
import { commandLine } from './command-line/shell-line.ts';
import { hardwareCommand } from './machine/hardware-command.ts';

await run(() => hardwareCommand(commandLine()));
