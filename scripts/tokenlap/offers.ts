/** What every command takes, read from the programs themselves: each script is imported, and describes itself in place of running. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { suggestedValuesOf } from '../command-line/options.ts';
import { described } from '../command-line/parsing/program-command.ts';
import { frameworks } from '../frameworks/registry.ts';
import { commands, repository } from './commands.ts';

export interface Offer {
  /** Behind `tokenlap`: 'benchmark', 'models fetch', 'run llamacpp'. */
  words: string;
  help: string;
  options: readonly OfferedOption[];
}

interface OfferedOption {
  names: readonly string[];
  help: string;
  takesValue: boolean;
  /** A file or a folder. */
  takesPath: boolean;
  /** Comma-separated ones of these, where the option takes a list. */
  values: readonly string[];
}

export async function offers(): Promise<Offer[]> {
  const found: Offer[] = [];
  for (const { name, help, script, perFramework, words = [] } of commands) {
    if (script === undefined && perFramework === undefined) found.push({ words: name, help, options: [] });
    for (const word of words) found.push({ words: `${name} ${word}`, help, options: [] });
    if (script !== undefined) found.push(...offersOf(name, help, await programOf(script)));
    if (perFramework === undefined) continue;
    for (const framework of frameworks) {
      const own = `scripts/${framework.name}-${perFramework}.ts`;
      if (!existsSync(join(repository, own)) || own === script) continue;
      found.push(...offersOf(`${name} ${framework.name}`, framework.title, await programOf(own)));
    }
  }
  return found;
}

const programs = new Map<string, CommandUnknownOpts>();

/**
 * Imported once in a process: a script parses its command line when it is first imported.
 * @param script relative to the repository
 */
export async function programOf(script: string): Promise<CommandUnknownOpts> {
  const known = programs.get(script);
  if (known !== undefined) return known;
  const path = join(repository, script);
  const argv = process.argv;
  process.argv = [process.execPath, path];
  try {
    const program = await described(() => import(pathToFileURL(path).href));
    programs.set(script, program);
    return program;
  } finally {
    process.argv = argv;
  }
}

function offersOf(words: string, help: string, program: CommandUnknownOpts): Offer[] {
  const options = program.options
    .filter(({ hidden }) => !hidden)
    .map((option) => ({
      names: [option.short, option.long].flatMap((name) => name ?? []),
      help: option.description,
      takesValue: option.required || option.optional,
      takesPath: /<(file|dir|path|folder)>/.test(option.flags) || option.long === '--model',
      values: suggestedValuesOf(option),
    }));
  const more = ['-h', '--help', '--help-all'].map((name) => ({
    names: [name],
    help: 'help',
    takesValue: false,
    takesPath: false,
    values: [],
  }));
  return [
    { words, help, options: [...options, ...more] },
    ...program.commands.flatMap((sub) => offersOf(`${words} ${sub.name()}`, sub.description(), sub)),
  ];
}
