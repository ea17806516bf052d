/** Command lines as a person can paste them, and how scripts are named: by their path, or by the command that started them. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { defaults } from '../settings/defaults.ts';

/** Quotes a word so that a POSIX shell reads it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** How a script is started from the folder of the project. @param script 'scripts/benchmark.ts' */
export function startWords(script: string): string[] {
  return script === 'scripts/start.ts' ? ['npm', 'start', '--'] : ['npx', 'tsx', script];
}

/** `npx tsx collate/all.ts --output results`: a script that works on the same folder of results. */
export function scriptLine(script: string, output: string, ...more: readonly string[]): string {
  return shellLine([...startWords(script), ...more, ...(output === defaults.output ? [] : ['--output', output])]);
}

/** The command that installs a variant of a framework. @param variant absent: its first one */
export function installLine(framework: string, variant?: string): string {
  const named = variant === undefined ? [] : ['--variant', variant];
  return shellLine([...startWords('scripts/frameworks.ts'), 'install', framework, ...named]);
}

/** For the log. */
export function commandLine(argv: readonly string[] = process.argv): string[] {
  return ['tsx', ...argv.slice(1).map((part, i) => (i === 0 ? scriptOf(part) : part))];
}

/**
 * The same again with some options changed, for a person to paste.
 * @param changes by name, without the dashes
 */
export function commandAgain(changes: Readonly<Record<string, string | number>>, argv = process.argv): string {
  const [, script = '', ...typed] = argv;
  const names = Object.keys(changes).map((name) => `--${name}`);
  const kept = typed.filter((word, i) => {
    const before = typed[i - 1];
    if (before !== undefined && names.includes(before)) return false;
    return !names.some((name) => word === name || word.startsWith(`${name}=`));
  });
  const changed = Object.entries(changes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return shellLine([...startWords(scriptOf(script)), ...kept, ...changed]);
}

function scriptOf(path: string): string {
  return path.split(/[/\\]/).slice(-2).join('/');
}

/** How help texts and messages name a script: by its path, or by the command that started it. */

let commandOf: (script: string) => string | undefined = () => undefined;

/** @param naming from 'scripts/benchmark.ts' to 'npx tokenlap benchmark'; undefined: by its path */
export function nameScriptsBy(naming: (script: string) => string | undefined): void {
  commandOf = naming;
}

/** A command line with `npx tsx SCRIPT` in it, as the person starts it. */
export function asStarted(line: string): string {
  return line.replaceAll(/npx tsx ([\w/-]+\.ts)/g, (path, script: string) => commandOf(script) ?? path);
}

/** The script that runs, where a command started it. @param path of the script, absolute */
export function startedBy(path: string): string | undefined {
  return commandOf(path.split(/[/\\]/).slice(-2).join('/'));
}

// From the values of options back to the words that give them: the inverse of parsing.

/** A value as typed: a list separated by commas is one text, an option given several times is an array; true for one without a value. */
export type TypedValue = string | number | boolean | readonly string[] | undefined;

/** Values by the name that a command gives them, or by that of the option: `maxTokens` of --max-tokens. */
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

/** A value that begins with a dash would be taken for an option. */
function worded(name: string, value: string): string[] {
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}
