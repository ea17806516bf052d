/**
 * Runs a grid of cells from a sweep file: frameworks, models, formats, threads, batch sizes, lengths, concurrency, seeds. A
 * fresh process per cell, one raw log each under <output>/raw/. Killed at any moment and started again, it runs what is missing.
 *
 *   npx tsx scripts/sweep.ts configs/suites/smoke.json
 *   npx tsx scripts/sweep.ts configs/suites/scaling.json --dry-run
 */
import { run } from './command-line/program.ts';
import { sweepCommand } from './compare/sweeps/sweep-command.ts';

await run(sweepCommand);
