/** Values of options that several scripts share, checked while the command line is parsed, and names that are nearly right. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';

export function wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < minimum || value > maximum) {
      const upTo = maximum === Number.MAX_SAFE_INTEGER ? ` or more` : ` to ${maximum}`;
      throw new InvalidArgumentError(`A whole number of ${minimum}${upTo} is needed${ofSeveral(text)}.`);
    }
    return value;
  };
}

export function realNumber(minimum: number, maximum: number = Number.POSITIVE_INFINITY) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`A number of at least ${minimum} is needed${ofSeveral(text)}.`);
    }
    return value;
  };
}

export const severalAreASweep = 'several are an axis of a sweep file: npx tsx scripts/sweep.ts, docs/sweeps.md';

function ofSeveral(text: string): string {
  return text.includes(',') ? `; ${severalAreASweep}` : '';
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `30m`, `12h`, `7d`. @returns milliseconds */
export function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? [];
  const perUnit = Object.entries(unitMs).find(([name]) => name === unit)?.[1];
  if (number === undefined || perUnit === undefined || Number(number) === 0) {
    throw new InvalidArgumentError('A time is needed, such as 30m, 12h or 7d.');
  }
  return Number(number) * perUnit;
}

/** `a,b,c` without blanks or empty parts. */
export function commaList(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new InvalidArgumentError('At least one name is needed.');
  return parts;
}

/** One of these words and no other. */
export function choice<const T extends string>(...values: readonly T[]) {
  const parse = (text: string): T => {
    const found = values.find((value) => value === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Allowed: ${values.join(', ')}. ${suggestion(text, values)}`.trim());
  };
  return suggesting(parse, () => values);
}

interface Suggesting {
  /** What a shell offers after the option; others may be allowed too. */
  suggestedValues: () => readonly string[];
}

/** A parser of an option's value that also has the values to suggest. */
export function suggesting<T>(
  parse: (text: string) => T,
  suggestedValues: () => readonly string[],
): ((text: string) => T) & Suggesting {
  return Object.assign((text: string) => parse(text), { suggestedValues });
}

/** Suggested values of an option as commander keeps it. */
export function suggestedValuesOf({ parseArg }: { parseArg?: unknown }): readonly string[] {
  const tells = typeof parseArg === 'function' && 'suggestedValues' in parseArg ? parseArg.suggestedValues : undefined;
  if (typeof tells !== 'function') return [];
  const values: unknown = tells();
  return Array.isArray(values) ? values.map(String) : [];
}

/** Variables of the environment that switch something on: true for anything but an empty value, 0, false and no. */
export function isSwitchedOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}

// "Did you mean": commander's own judgement of which names are close, for names of every kind.

/** `Did you mean q8_0?`, or '' where nothing comes near. */
export function suggestion(typed: string, known: readonly string[]): string {
  if (typed === '' || typed.startsWith('-')) return '';
  const command = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const name of new Set(known)) command.command(name);
  try {
    command.parse([typed], { from: 'user' });
    return '';
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /\((Did you mean .*\?)\)/s.exec(error.message)?.[1] ?? '';
  }
}

/** The message with the suggestion behind it, where there is one. */
export function withSuggestion(message: string, typed: string, known: readonly string[]): string {
  const meant = suggestion(typed, known);
  return meant === '' ? message : `${message} (${meant})`;
}
