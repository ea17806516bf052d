/** The options of the parity gate that parity.ts and benchmark.ts share. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addSettings } from '../../settings/add-settings.ts';
import { paritySettings } from '../../settings/session-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import { parseReference } from '../reference/reference-choice.ts';

export function withParityOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(paritySettings), { reference: { parse: parseReference } });
}
