/** `sweep.ts`: reads the file and the options, and calls the sweep. */

import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { addFrameworkOptions, pythonOptions } from '../../command-line/parsing/framework-options.ts';
import { program } from '../../command-line/program.ts';
import { realWorld } from './cell-run.ts';
import { callSweep } from './sweep-call.ts';
import { readSweepFile } from './sweep-file.ts';
import { withSweepOptions } from './sweep-options.ts';

const commonNames = ['timeoutSeconds', 'conditions', 'offline', 'hubUrl'] as const;

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
  ).argument('<file>', 'sweep file, such as those in configs/suites/; docs/sweeps.md describes it');
  const common = addSettings(addFrameworkOptions(command, pythonOptions), commonNames);
  const parsed = withSweepOptions(common).parse();
  const [path] = parsed.processedArgs;
  await callSweep(readSweepFile(path), parsed.opts(), world);
}
