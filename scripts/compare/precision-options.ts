/** The options of `benchmark.ts` that let it go on until its intervals are narrow. */

import type { Command } from '@commander-js/extra-typings';
import { InvalidArgumentError, type OptionValues } from 'commander';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { precisionSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import type { PrecisionTarget } from '../statistics/stopping-rule.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';

export function withPrecisionOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(precisionSettings), { until: { parse: percentage } });
}

export interface PrecisionOptionValues {
  iterations?: number | undefined;
  until?: number | undefined;
  untilMinutes: number;
}

/** Undefined: exactly --iterations rounds. */
export function precisionTarget(options: PrecisionOptionValues): PrecisionTarget | undefined {
  if (options.until === undefined) return undefined;
  return {
    halfWidth: options.until,
    fewestRounds: options.iterations ?? fewestForVerdict,
    mostMs: options.untilMinutes * 60_000,
  };
}

/** As the option takes it: `2%`. */
export function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(12))}%`;
}

/** `2%` or `2`: both are two percent. */
function percentage(text: string): number {
  const value = Number(text.replace(/\s*%$/, ''));
  if (text.trim() === '' || !(value > 0 && value < 100)) {
    throw new InvalidArgumentError('A percentage above 0 and below 100 is needed, such as 2%.');
  }
  return value / 100;
}
