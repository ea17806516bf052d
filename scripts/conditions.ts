/**
 * What this machine tells of itself while something is measured: load of others, clocks, heat, swapping, GPUs, energy; which
 * sources are absent and why; and what a sample costs. Writes nothing.
 *
 *   npx tsx scripts/conditions.ts
 *   npx tsx scripts/conditions.ts --seconds 30 --json
 */
import { run } from './command-line/program.ts';
import { conditionsCommand } from './machine/monitor/conditions-command.ts';

await run(conditionsCommand);
