/** Options that set a variable of the environment: whoever needs the value reads it there, in whatever process. */
import { type Command, Option } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';

export interface EnvironmentOption {
  /** As commander has it: '--headed', '--browser <path>'. */
  flags: string;
  description: string;
  /** Gets the option's value, or '1' for one without. */
  variable: string;
  /** Refuses on the command line what the framework would refuse later; as commander has it. The variable gets the text. */
  parse?: (text: string) => unknown;
  /** May be given several times; the values are separated by blanks. */
  repeats?: boolean;
}

interface Placing {
  /** Over these options in the help; absent: they stand with the others. */
  heading?: string;
  environment?: NodeJS.ProcessEnv;
}

/** Variables of these options that are set, by an option or by the person. */
export function givenVariables(
  options: readonly EnvironmentOption[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return Object.fromEntries(
    options.flatMap(({ variable }) => {
      const value = environment[variable];
      return value === undefined || value === '' ? [] : [[variable, value]];
    }),
  );
}

/** What is not given leaves its variable as it is. */
export function addEnvironmentOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
  options: readonly EnvironmentOption[],
  { heading, environment = process.env }: Placing = {},
): void {
  for (const { flags, description, variable, parse, repeats } of options) {
    const option = new Option(flags, `${description} (or ${variable})`);
    if (parse !== undefined) option.argParser(parse);
    command.addOption(heading === undefined ? option : option.helpGroup(heading));
    const values: string[] = [];
    command.on(`option:${option.name()}`, (value: string | undefined) => {
      if (repeats !== true) values.pop();
      values.push(value ?? '1');
      environment[variable] = values.join(' ');
    });
  }
}
