/**
 * Makes the tables of docs/regression-gate.md: how often the gate and the rules of other tools alarm without a change, and how
 * often they find one. Noise and truth are simulated, seeds are fixed.
 *
 *     npx tsx tools/gate-simulation.ts
 *     npx tsx tools/gate-simulation.ts --comparisons 100 --print
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interruptSignal } from '../scripts/command-line/interrupt.ts';
import { wholeNumber } from '../scripts/command-line/options.ts';
import { program, run } from '../scripts/command-line/program.ts';
import { progress } from '../scripts/command-line/progress.ts';
import { print } from '../scripts/command-line/terminal.ts';
import { simulationTables } from './gate-simulation/tables.ts';

const page = join(import.meta.dirname, '..', 'docs', 'regression-gate.md');
const [begin, end] = ['<!-- made by tools/gate-simulation.ts -->', '<!-- end -->'] as const;

await run(async () => {
  const options = program('gate-simulation', 'Simulates the regression gate and the rules of other tools.', [
    ['npx tsx tools/gate-simulation.ts', 'makes the tables of docs/regression-gate.md again, in some minutes'],
    ['npx tsx tools/gate-simulation.ts --comparisons 100 --print', 'fewer comparisons, printed only'],
  ])
    .option('--comparisons <n>', 'simulated pull requests for each figure', wholeNumber(1, 100_000), 2000)
    .option('--print', 'print the tables, and leave the page as it is')
    .parse()
    .opts();
  const signal = interruptSignal();
  const line = progress('simulating');
  const tables = await simulationTables(options.comparisons, async (done, total) => {
    line.update(done, total);
    // Lets Ctrl-C through.
    await new Promise(setImmediate);
    signal.throwIfAborted();
  }).finally(() => line.end());
  if (options.print === true) {
    print(tables);
    return;
  }
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const [, after = ''] = rest.split(end);
  writeFileSync(page, `${before}${begin}\n\n${tables}\n\n${end}${after}`);
  print(`Wrote ${page}`);
});
