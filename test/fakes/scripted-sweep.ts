/**
 * `sweep.ts` with runs that do next to nothing: `node scripted-sweep.ts FILE --output DIR`. It says when it is ready, and begins
 * when its standard input ends, so that it can be started ahead.
 */
import { once } from 'node:events';
import { interruptSignal } from '../../scripts/command-line/interrupt.ts';
import { run } from '../../scripts/command-line/program.ts';
import { openSweep, showPlan, showResults } from '../../scripts/compare/sweeps/sweep-call.ts';
import { readSweepFile } from '../../scripts/compare/sweeps/sweep-file.ts';
import { sweepProgram } from '../../scripts/compare/sweeps/sweep-options.ts';
import { shortWorld } from './short-runs.ts';

process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
await run(async () => {
  const command = sweepProgram().parse();
  const options = command.opts();
  const signal = interruptSignal();
  using sweep = await openSweep(readSweepFile(command.processedArgs[0]), options, shortWorld);
  if (options.dryRun) showPlan(sweep.plan, options);
  else showResults(sweep.plan, await sweep.run(signal), options);
});
