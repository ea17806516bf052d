/** The options of everything that runs a sweep. */

import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addEnvironmentOptions } from '../../command-line/environment-options.ts';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { duration, realNumber, wholeNumber } from '../../command-line/options.ts';
import { pythonOptions } from '../../engine/python-options.ts';
import { withFrameworkOptions } from '../../run/framework-options.ts';
import { withOutputOptions } from '../../run/run-options.ts';

/** Beyond it a timer of Node's goes off at once. */
const longestCellSeconds = 7 * 24 * 3600;

export function withSweepOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const parsed = command
    .option('--dry-run', 'say what would be run, and what it would take, and run nothing', false)
    .option('--max-age <time>', 'run again what is older: 12h, 7d', duration)
    .option('--retry <n>', 'try a failing cell again, at most so many times', wholeNumber(0, 100), 0)
    .option('--retry-failed', 'try cells again that failed in an earlier call', false)
    .option('--cell-timeout <seconds>', 'a cell that takes longer has failed', realNumber(0.1, longestCellSeconds))
    .option('--force', 'run cells too that do not seem to fit into memory', false)
    .option(
      '--parallel <n>',
      'cells at a time, each on a device of its own; such runs are marked',
      wholeNumber(1, 64),
      1,
    )
    .option('--accept-disturbance', 'let --parallel put several cells on one device; their speed is not ranked', false);
  return withFrameworkOptions(withOutputOptions(parsed));
}

/** Variables of interpreters, where the command has not got them from its engine options. */
export function addPythonOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): void {
  addEnvironmentOptions(command, pythonOptions);
}

export interface SweepOptionValues {
  dryRun: boolean;
  maxAge?: number | undefined;
  retry: number;
  retryFailed: boolean;
  cellTimeout?: number | undefined;
  force: boolean;
  parallel: number;
  acceptDisturbance: boolean;
  output: string;
  anonymize: boolean;
  json: boolean;
  timeout: number;
  offline: boolean;
  hubUrl?: string | undefined;
  conditions: boolean;
}

/** @throws UserError for options that contradict each other */
export function validateOptions({ parallel, acceptDisturbance }: SweepOptionValues): void {
  if (parallel > 1 || !acceptDisturbance) return;
  throw new UserError('--accept-disturbance without --parallel: there is nothing to disturb', {
    exitCode: exitCodes.usage,
    remedy: 'Add --parallel N, or leave it out.',
  });
}
