/** From the values of options back to the words that give them: the inverse of parsing. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** As typed: a list separated by commas is one text, an option given several times is an array; true for one without a value. */
export type TypedValue = string | number | boolean | readonly string[] | undefined;

/** By the name that a command gives the value, or by that of its option: `maxTokens` of --max-tokens. */
export type TypedValues = Readonly<Record<string, TypedValue>>;

export interface Wording {
  /** Options that are named even where the value is the default; the others are left out there. */
  named: 'all' | readonly string[];
}

/** Values of options that the command does not have are left out. */
export function optionWords(
  command: CommandUnknownOpts,
  values: TypedValues,
  { named }: Wording = { named: [] },
): string[] {
  return command.options.flatMap((option) => {
    const name = option.long ?? option.short ?? '';
    const value = values[option.attributeName()] ?? values[typedName(name)];
    if (value === undefined) return [];
    if (option.negate) return value === false ? [name] : [];
    if (typeof value === 'boolean') return value && option.isBoolean() ? [name] : [];
    if (typeof value === 'object') return value.flatMap((each) => worded(name, each));
    const isDefault = option.defaultValue !== undefined && String(value) === String(option.defaultValue);
    const leftOut = isDefault && named !== 'all' && !named.includes(option.attributeName());
    return leftOut ? [] : worded(name, String(value));
  });
}

/** `maxTokens` of --max-tokens, `parity` of --no-parity. */
export function typedName(flag: string): string {
  return flag.replace(/^--(no-)?/, '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What begins with a dash would be taken for an option. */
function worded(name: string, value: string): string[] {
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}
