/** Settings as options of a command: parsed and checked by their schema, under the heading of their group. */
import { type Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { InvalidArgumentError, type OptionValues } from 'commander';
import { z } from 'zod';
import type { Setting, ValueOf } from '../../settings/setting.ts';
import { type SettingName, type Settings, settingOf } from '../../settings/settings.ts';
import { choice, realNumber, suggesting, wholeNumber } from '../options.ts';
import { essential } from './program-command.ts';

/** The differences of a command from the entry of the setting. */
interface Change {
  /** Reads text that only a higher layer understands, or a list of values. */
  parse?: (text: string) => unknown;
  help?: string;
  flag?: string;
  default?: string | number | readonly string[];
  /** True: it has no default here. */
  optional?: true;
}
type Changes = { readonly [N in SettingName]?: Change };

type Default<S extends Setting, C> = C extends { optional: true }
  ? undefined
  : S extends { default: unknown }
    ? never
    : undefined;

type Changed<S extends Setting, C> = C extends { parse: (text: string) => infer V }
  ? V | Default<S, C>
  : C extends { optional: true }
    ? ValueOf<S> | undefined
    : ValueOf<S>;

/** Values by the names of the settings, not by those of the flags. */
type Values<N extends SettingName, C> = { [K in N]: Changed<Settings[K], K extends keyof C ? C[K] : unknown> };

/** An option whose value is read under the name of its setting: `contextTokens` of --context. */
class SettingOption extends Option<string> {
  readonly #name: string;

  constructor(name: string, flag: string, help: string) {
    super(flag, help);
    this.#name = name;
  }

  override attributeName(): string {
    return this.#name;
  }
}

export function addSettings<
  Args extends unknown[],
  Options extends OptionValues,
  const N extends SettingName,
  const C extends Changes = Record<never, never>,
>(command: Command<Args, Options>, names: readonly N[], changes?: C): Command<Args, Options & Values<N, C>>;
export function addSettings(
  command: CommandUnknownOpts,
  names: readonly SettingName[],
  changes: Changes = {},
): CommandUnknownOpts {
  for (const name of names) {
    const setting = settingOf(name);
    const change = changes[name] ?? {};
    const option = new SettingOption(name, change.flag ?? setting.flag, change.help ?? setting.help);
    const parse = change.parse ?? parserOf(setting);
    if (parse !== undefined) option.argParser(parse);
    const usual = change.optional === true ? undefined : (change.default ?? setting.default);
    if (usual !== undefined && !option.negate) {
      option.default(change.parse !== undefined && typeof usual === 'string' ? parse?.(usual) : usual);
    }
    if (setting.group !== undefined) option.helpGroup(setting.group);
    if (setting.essential) essential.add(option);
    command.addOption(option);
  }
  return command;
}

/** Reads the text of an option as its schema has it; undefined for a switch, and for text that is taken as it is. */
export function parserOf({
  schema,
  suggests,
}: Pick<Setting, 'schema' | 'suggests'>): ((text: string) => unknown) | undefined {
  if (schema instanceof z.ZodEnum) return choice(...schema.options.map(String));
  if (schema instanceof z.ZodNumber) return numberParser(schema);
  if (schema instanceof z.ZodUnion) {
    const [words, number] = schema.options;
    if (words instanceof z.ZodEnum && number instanceof z.ZodNumber) {
      const known = words.options.map(String);
      const parse = numberParser(number);
      return suggesting(
        (text) => {
          if (known.includes(text)) return text;
          try {
            return parse(text);
          } catch (error) {
            if (!(error instanceof InvalidArgumentError)) throw error;
            throw new InvalidArgumentError(`Use ${known.join(' or ')}, or a number. ${error.message}`);
          }
        },
        () => known,
      );
    }
  }
  return suggests === undefined ? undefined : suggesting(String, () => suggests);
}

function numberParser({ minValue, maxValue, isInt }: z.ZodNumber): (text: string) => number {
  return isInt ? wholeNumber(minValue ?? 0, maxValue ?? undefined) : realNumber(minValue ?? 0, maxValue ?? undefined);
}
