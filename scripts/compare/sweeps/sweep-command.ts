/** What `sweep.ts` does: the file, the options, the call. */
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { defaults } from '../../run/run-plan.ts';
import { realWorld } from './cell-run.ts';
import { callSweep } from './sweep-call.ts';
import { readSweepFile } from './sweep-file.ts';
import { addPythonOptions, withSweepOptions } from './sweep-options.ts';

/** @param world another one in tests */
export async function sweepCommand(world = realWorld): Promise<void> {
  const script = 'npx tsx scripts/sweep.ts';
  const suites = 'configs/suites';
  const command = program(
    'sweep',
    'Runs every combination of the options in a sweep file, each in a fresh process. What is done stays done: started again, only what is missing runs.',
    [
      [`${script} ${suites}/smoke.json`, 'a minute: whether everything works here'],
      [`${script} ${suites}/quantization.json --dry-run`, 'the cells, and the time, memory and disk they take'],
      [`${script} ${suites}/full.json --max-age 7d --retry 1`, 'what is missing, failed once, or a week old'],
      [`${script} my-sweep.json --json > sweep.json`, 'the result of every cell, for programs'],
    ],
  )
    .argument('<file>', 'sweep file, such as those in configs/suites/; docs/sweeps.md describes it')
    .option(
      '--timeout <seconds>',
      'longest wait for one answer, for loading, for starting',
      wholeNumber(1),
      defaults.timeoutSeconds,
    )
    .option('--no-conditions', 'do not watch the machine meanwhile: no certificate, no energy')
    .option('--offline', 'never download (or TOKENLAP_OFFLINE=1)', false)
    .option('--hub-url <url>', 'mirror to fetch models from (or TOKENLAP_HUB_URL, HF_ENDPOINT)')
    .on('option:offline', () => {
      // What else a framework would fetch, it asks about here.
      process.env.TOKENLAP_OFFLINE = '1';
    });
  addPythonOptions(command);
  const parsed = withSweepOptions(command).parse();
  const [path] = parsed.processedArgs;
  await callSweep(readSweepFile(path), parsed.opts(), world);
}
