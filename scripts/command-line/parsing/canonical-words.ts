/** A command line as it was typed, in our own words: other tools' flags are replaced before anything is parsed or logged. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { exitCodes, UserError } from '../errors.ts';
import { severalAreASweep } from '../options.ts';
import { say } from '../terminal.ts';
import { type FamiliarFlag, familiarFlags, pointedFlags } from './familiar-flags.ts';

/**
 * Values of options, and what stands behind `--`, stay as they are; so does every flag that the command has itself.
 * @throws UserError for a flag of another tool that means nothing here, with what to type instead
 */
export function canonicalWords(program: CommandUnknownOpts, typed: readonly string[]): string[] {
  const words: string[] = [];
  const given = new Map<string, string>();
  const wanted: Array<readonly [option: string, value: string]> = [];
  let command = program;
  for (let i = 0; i < typed.length; i += 1) {
    const word = typed[i] ?? '';
    if (word === '--') {
      words.push(...typed.slice(i));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      command = subcommandOf(command, word) ?? command;
      words.push(word);
      continue;
    }
    const { flag, attached } = parted(word);
    const own = optionNamed(command, flag);
    if (own !== undefined) {
      words.push(flag === own ? word : joined(own, attached));
      const follows = attached === undefined && takesNext(command, own, typed[i + 1]);
      if (follows) {
        i += 1;
        words.push(typed[i] ?? '');
      }
      continue;
    }
    const familiar = familiarFor(command, flag);
    if (familiar === undefined) {
      refuseKnownElsewhere(flag);
      words.push(word);
      continue;
    }
    const { value, usesNext } = valueFor(familiar, attached, typed[i + 1]);
    if (usesNext) i += 1;
    const replaced = replacement(familiar, flag, value);
    const [option = ''] = replaced;
    const before = given.get(option);
    const now = replaced.slice(1).join(' ');
    if (before !== undefined && before !== now) throw refused(familiar, flag, familiar.instead ?? oneValue(option));
    if (before === now) continue;
    given.set(option, now);
    words.push(...replaced);
    if (familiar.note !== undefined) say(`note: ${flag}: ${familiar.note}`);
    if (familiar.adds !== undefined) wanted.push(familiar.adds);
  }
  return withAdditions(words, wanted);
}

/** Before `--`, and once. */
function withAdditions(words: string[], wanted: ReadonlyArray<readonly [option: string, value: string]>): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const options = words.slice(0, end);
  for (const [option, value] of wanted) {
    if (!options.some((word) => word === option || word.startsWith(`${option}=`))) options.push(option, value);
  }
  return [...options, ...words.slice(end)];
}

/** `--name=value`, `-t8`. */
function parted(word: string): { flag: string; attached: string | undefined } {
  const long = /^(--[^=]+)=(.*)$/s.exec(word) ?? /^(-[a-z])(\d+)$/.exec(word);
  return long === null ? { flag: word, attached: undefined } : { flag: long[1] ?? word, attached: long[2] };
}

function joined(name: string, attached: string | undefined): string {
  return attached === undefined ? name : `${name}=${attached}`;
}

function subcommandOf(command: CommandUnknownOpts, word: string): CommandUnknownOpts | undefined {
  return command.commands.find((each) => each.name() === word);
}

/** Its long name; flags written with underscores are ours with dashes. */
function optionNamed(command: CommandUnknownOpts, flag: string): string | undefined {
  const dashed = dashesOf(flag);
  const found = command.options.find(
    (option) => option.short === flag || option.long === flag || option.long === dashed,
  );
  if (found === undefined) return undefined;
  return found.long === dashed ? dashed : flag;
}

function dashesOf(flag: string): string {
  return flag.startsWith('--') ? flag.replaceAll('_', '-') : flag;
}

/** Whether commander reads the next word as the value. */
function takesNext(command: CommandUnknownOpts, name: string, next: string | undefined): boolean {
  const option = command.options.find(({ short, long }) => short === name || long === name);
  if (option === undefined || next === undefined) return false;
  return option.required || (option.optional && !next.startsWith('-'));
}

function familiarFor(command: CommandUnknownOpts, flag: string): FamiliarFlag | undefined {
  const options = new Set(command.options.map(({ long }) => long));
  return familiarFlags.find(({ typed, means }) => typed.includes(dashesOf(flag)) && options.has(means));
}

/** @throws UserError unless the flag is nobody's */
function refuseKnownElsewhere(flag: string): void {
  const pointed = pointedFlags.find(({ typed }) => typed.includes(dashesOf(flag)));
  if (pointed !== undefined) throw refused(pointed, flag, pointed.instead);
}

function refused({ tool }: { tool: string }, flag: string, remedy: string): UserError {
  return new UserError(`${flag} of ${tool} does not mean the same here`, { exitCode: exitCodes.usage, remedy });
}

function oneValue(option: string): string {
  return `${option} has one value in a run; ${severalAreASweep}.`;
}

function valueFor(
  { value, bare }: FamiliarFlag,
  attached: string | undefined,
  next: string | undefined,
): { value: string | undefined; usesNext: boolean } {
  switch (value) {
    case 'never':
      return { value: bare, usesNext: false };
    case undefined:
      return { value: attached ?? next, usesNext: attached === undefined };
    case 'perhaps': {
      const usesNext = attached === undefined && next !== undefined && /^(0|1|on|off|auto)$/i.test(next);
      return { value: attached ?? (usesNext ? next : bare), usesNext };
    }
    default:
      return value satisfies never;
  }
}

/** @throws UserError for a value that means nothing here */
function replacement(familiar: FamiliarFlag, flag: string, value: string | undefined): string[] {
  const option = familiar.means;
  if (value === undefined) return [option];
  const translated = familiar.translate === undefined ? [value] : familiar.translate(value);
  if (translated === null) throw refused(familiar, `${flag} ${value}`, familiar.instead ?? oneValue(option));
  const [first = '', ...further] = translated;
  if (first.startsWith('--')) return [first, ...further];
  return first.startsWith('-') ? [`${option}=${first}`, ...further] : [option, first, ...further];
}
