/** The options of every framework, in scripts that use several: each sets a variable that only its framework reads. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addEnvironmentOptions } from '../command-line/environment-options.ts';
import { frameworks } from '../frameworks/registry.ts';

export function withFrameworkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options> {
  for (const { title, options = [] } of frameworks) addEnvironmentOptions(command, options, { heading: `${title}:` });
  return command;
}
