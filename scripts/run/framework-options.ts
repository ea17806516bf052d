/** The options of every framework, in scripts that use several: only its framework reads them. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { frameworks } from '../frameworks/registry.ts';
import { addFrameworkOptions } from '../settings/framework-options.ts';

export function withFrameworkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options> {
  for (const { title, options = [] } of frameworks) addFrameworkOptions(command, options, `${title}:`);
  return command;
}
