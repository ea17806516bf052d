/** Options that set a variable of the environment: whoever needs the value reads it there, in whatever process. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';

export interface EnvironmentOption {
  /** As commander has it: '--headed', '--browser <path>'. */
  flags: string;
  description: string;
  /** Gets the option's value, or '1' for one without. */
  variable: string;
  /** May be given several times; the values are separated by blanks. */
  repeats?: boolean;
}

/** What is not given leaves its variable as it is. */
export function addEnvironmentOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
  options: readonly EnvironmentOption[],
  environment: NodeJS.ProcessEnv = process.env,
): void {
  for (const { flags, description, variable, repeats } of options) {
    command.option(flags, `${description} (or ${variable})`);
    const name = /--([\w-]+)/.exec(flags)?.[1];
    const values: string[] = [];
    command.on(`option:${name}`, (value: string | undefined) => {
      if (repeats !== true) values.pop();
      values.push(value ?? '1');
      environment[variable] = values.join(' ');
    });
  }
}
