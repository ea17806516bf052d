/** The options of everything that runs a sweep. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { usageError } from '../../command-line/errors.ts';
import { duration } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { withFrameworkOptions, withOutputOptions } from '../../run/run-options.ts';
import { type outputSettings, sweepSettings } from '../../settings/session-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import type { SettingValues } from '../../settings/settings.ts';

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
