/**
 * Runs a grid of cells from a sweep file: frameworks, models, formats, threads, batch sizes, lengths, concurrency, seeds. A
 * fresh process per cell, one raw log each under <output>/raw/. Killed at any moment and started again, it runs what is missing.
 *
 *   npx tsx scripts/sweep.ts configs/suites/smoke.json
 *   npx tsx scripts/sweep.ts configs/suites/scaling.json --dry-run
 */
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { realWorld } from './compare/sweeps/cell-run.ts';
import { openSweep, showPlan, showResults } from './compare/sweeps/sweep-call.ts';
import { readSweepFile } from './compare/sweeps/sweep-file.ts';
import { sweepProgram } from './compare/sweeps/sweep-options.ts';

await run(async () => {
  const command = sweepProgram().parse();
  const options = command.opts();
  const signal = interruptSignal();
  using sweep = await openSweep(readSweepFile(command.processedArgs[0]), options, realWorld);
  if (options.dryRun) showPlan(sweep.plan, options);
  else showResults(sweep.plan, await sweep.run(signal), options);
});
