/**
 * Options of a framework's own, as data beside its code. Their values are `settings.framework` in the plan, the load request
 * and the header. A variable of the environment gives the default, read where the command line is read and nowhere else.
 */
import { type Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { InvalidArgumentError, type OptionValues } from 'commander';
import { z } from 'zod';
import { longName, type Setting } from '../../settings/setting.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import { usageError } from '../errors.ts';
import { isSwitchedOn } from '../options.ts';
import { parserOf } from './add-settings.ts';

export interface FrameworkOption extends Pick<Setting, 'flag' | 'schema' | 'help'> {
  /** Gives the value where the option is not given. */
  variable: string;
  /** May be given several times; the values are separated by blanks. */
  repeats?: true;
}

/** Options of every framework that lives in a Python: which one, and what it finds there. */
export const pythonOptions: readonly FrameworkOption[] = [
  {
    flag: '--python <path>',
    schema: z.string(),
    help: 'interpreter of Python frameworks',
    variable: 'TOKENLAP_PYTHON',
  },
  {
    flag: '--python-path <dir>',
    schema: z.string(),
    help: 'added to the Python path, for instance a source checkout of a framework',
    variable: 'TOKENLAP_PYTHON_PATH',
  },
];

/** `accuracyLevel` of --accuracy-level: its name in `settings.framework`. */
export function optionName(option: Pick<FrameworkOption, 'flag'>): string {
  return longName(option).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** @param heading over these options in the help; absent: they stand with the script's own */
export function addFrameworkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
  options: readonly FrameworkOption[],
  heading?: string,
): Command<Args, Options>;
export function addFrameworkOptions(
  command: CommandUnknownOpts,
  options: readonly FrameworkOption[],
  heading?: string,
): CommandUnknownOpts {
  for (const declared of options) {
    const option = new Option<string>(declared.flag, `${declared.help} (or ${declared.variable})`);
    const parse = declared.repeats ? joined : parserOf(declared);
    if (parse !== undefined) option.argParser(parse);
    command.addOption(heading === undefined ? option : option.helpGroup(heading));
  }
  return command;
}

function joined(text: string, before?: unknown): string {
  return typeof before === 'string' ? `${before} ${text}` : text;
}

/**
 * What was given of these options: on the command line, or else by their variables.
 * @param typed values of the command's options
 * @throws UserError for a variable whose value is not allowed
 */
export function givenOptions(
  options: readonly FrameworkOption[],
  typed: object,
  environment: NodeJS.ProcessEnv = process.env,
): FrameworkSettings {
  const values = new Map<string, unknown>(Object.entries(typed));
  return Object.fromEntries(
    options.flatMap((option) => {
      const name = optionName(option);
      const value = values.get(name) ?? variableValue(option, environment);
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, value]]
        : [];
    }),
  );
}

function variableValue(option: FrameworkOption, environment: NodeJS.ProcessEnv): unknown {
  const text = environment[option.variable] ?? '';
  if (text === '') return undefined;
  if (option.schema instanceof z.ZodBoolean) return isSwitchedOn(text) || undefined;
  try {
    return option.repeats ? text : (parserOf(option)?.(text) ?? text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw usageError(`${option.variable} is "${text}"`, error.message);
  }
}

/** The text of an option that was given; undefined where it was not. */
export function textOption(given: FrameworkSettings | undefined, name: string): string | undefined {
  const value = given?.[name];
  return value === undefined || value === '' ? undefined : String(value);
}
