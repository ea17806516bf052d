/** The options of everything that runs a sweep, and those of sweep.ts. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { usageError } from '../../command-line/errors.ts';
import { duration } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { addFrameworkOptions, pythonOptions } from '../../command-line/parsing/framework-options.ts';
import { program } from '../../command-line/program.ts';
import { withFrameworkOptions, withOutputOptions } from '../../run/run-options.ts';
import { type outputSettings, sweepSettings } from '../../settings/session-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import type { SettingValues } from '../../settings/settings.ts';

export function sweepProgram() {
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
  const common = ['timeoutSeconds', 'conditions', 'offline', 'hubUrl'] as const;
  return withSweepOptions(addSettings(addFrameworkOptions(command, pythonOptions), common));
}

export function withSweepOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const parsed = addSettings(command, [...namesOf(sweepSettings), 'retry'], {
    maxAge: { parse: duration },
    retry: { help: 'try a failing cell again, at most so many times' },
  });
  return withFrameworkOptions(withOutputOptions(parsed));
}

export type SweepOptionValues = Omit<SettingValues<SweepSettingName>, 'maxAge'> & { maxAge?: number | undefined };
type SweepSettingName =
  | keyof typeof sweepSettings
  | keyof typeof outputSettings
  | ('retry' | 'timeoutSeconds' | 'offline' | 'hubUrl' | 'conditions');

/** @throws UserError for options that contradict each other */
export function validateOptions({ parallel, acceptDisturbance }: SweepOptionValues): void {
  if (parallel > 1 || !acceptDisturbance) return;
  throw usageError(
    '--accept-disturbance without --parallel: there is nothing to disturb',
    'Add --parallel N, or leave it out.',
  );
}
