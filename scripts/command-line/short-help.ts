/**
 * Help is short at first: a script's own options, and of those that many scripts share the ones that people need most.
 * `--help-all` shows every option, by group.
 */
import { type Command, type CommandUnknownOpts, Help } from '@commander-js/extra-typings';
import type { Option as CommanderOption, OptionValues } from 'commander';

export const allOptionsFlag = '--help-all';

/** Options in a group that the short help shows nevertheless. */
export const essential = new WeakSet<CommanderOption>();

let showsAll = false;

/** From now on, in this process. */
export function showAllOptions(): void {
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
  return `${description} (default: ${String(defaultValue)})`;
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
