/** A commander command that understands other tools' flags, shows its help in two lengths, and can be asked what it offers. */
import { Command, type CommandUnknownOpts, Help } from '@commander-js/extra-typings';
import type { Option as CommanderOption, ErrorOptions, OptionValues, ParseOptions } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import { shellLine } from '../shell-line.ts';
import { canonicalWords } from './canonical-words.ts';

/** Thrown in place of parsing where a program is only described. */
export class Described extends Error {
  readonly command: CommandUnknownOpts;

  constructor(command: CommandUnknownOpts) {
    super('described, not run');
    this.command = command;
  }
}

let describes = false;

/**
 * The program that a script would have run. Its options can be read, and words parsed by it.
 * @param start imports the script
 */
export async function described(start: () => Promise<unknown>): Promise<CommandUnknownOpts> {
  describes = true;
  try {
    await start();
  } catch (error) {
    if (error instanceof Described) return error.command;
    throw error;
  } finally {
    describes = false;
  }
  throw new Error('the script parsed no command line');
}

export class ProgramCommand extends Command {
  override parse(argv?: readonly string[], options?: ParseOptions): this {
    return super.parse(this.#inOurWords(argv, options), options);
  }

  override parseAsync(argv?: readonly string[], options?: ParseOptions): Promise<this> {
    return super.parseAsync(this.#inOurWords(argv, options), options);
  }

  override error(message: string, options?: ErrorOptions): never {
    if (options?.code === 'commander.excessArguments') throw this.#tooManyWords(message);
    return super.error(message, options);
  }

  /** The process's own command line is changed too, so that logs have the canonical names. */
  #inOurWords(argv: readonly string[] | undefined, options: ParseOptions | undefined): string[] {
    if (describes) throw new Described(this);
    const all = argv ?? process.argv;
    const program = options?.from === 'user' ? 0 : 2;
    const words = all.slice(program);
    const end = words.includes('--') ? words.indexOf('--') : words.length;
    const asked = words.map((word, i) => (i < end && word === allOptionsFlag ? '--help' : word));
    if (asked.some((word, i) => word !== words[i])) showAllOptions();
    const canonical = [...all.slice(0, program), ...canonicalWords(this, asked)];
    if (argv === undefined) process.argv = canonical;
    return canonical;
  }

  #tooManyWords(message: string): UserError {
    const first = this.args[this.registeredArguments.length] ?? '';
    return new UserError(message.replace(/^error: /, ''), {
      exitCode: exitCodes.usage,
      remedy: this.#insteadOf(first),
    });
  }

  #insteadOf(word: string): string {
    if (!this.options.some(({ long }) => long === '--model')) return 'Run it with --help to see what it takes.';
    if (!/\s/.test(word)) return `A model is named by an option: ${shellLine(['--model', word])}.`;
    return `It takes options only: Tokenlap times LLM frameworks, not commands of your own such as ${shellLine([word])}.`;
  }
}

// Help is short at first: a script's own options, and of those that many scripts share the ones that people need most. `--help-all`
// shows every option, by group.

export const allOptionsFlag = '--help-all';

/** Options in a group that the short help shows nevertheless. */
export const essential = new WeakSet<CommanderOption>();

let showsAll = false;

/** From now on, in this process. */
function showAllOptions(): void {
  showsAll = true;
}

/** Options that `add` adds stand under the heading, and only the needed ones of them in the short help. */
export function inGroup<Args extends unknown[], Options extends OptionValues, More extends OptionValues>(
  command: Command<Args, Options>,
  heading: string,
  add: (command: Command<Args, Options>) => Command<Args, More>,
): Command<Args, More> {
  const before = command.optionsGroup();
  return add(command.optionsGroup(heading)).optionsGroup(before);
}

export function visibleOptions(command: CommandUnknownOpts): CommanderOption[] {
  return shownOptions(command).shown;
}

/** Defaults as a person types them; a switch is off unless it is given. */
export function optionDescription(option: CommanderOption): string {
  const { defaultValue, description } = option;
  if (defaultValue === undefined || typeof defaultValue === 'boolean') return description;
  return `${description} (default: ${Array.isArray(defaultValue) ? defaultValue.join(', ') : String(defaultValue)})`;
}

/** `31 more options: --help-all`, or '' where all are shown. */
export function moreOptionsText(command: CommandUnknownOpts): string {
  const { left } = shownOptions(command);
  return left === 0 ? '' : `${left} more ${left === 1 ? 'option' : 'options'}: ${allOptionsFlag}`;
}

function shownOptions(command: CommandUnknownOpts): { shown: CommanderOption[]; left: number } {
  const all = new Help().visibleOptions(command);
  const isShown = (option: CommanderOption) =>
    showsAll || (option.helpGroupHeading ?? '') === '' || essential.has(option);
  const shown = all.filter(isShown);
  return { shown, left: all.length - shown.length };
}
