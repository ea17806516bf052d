/** From the words behind `tokenlap` to the script that does it, which is imported into this process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type UserError, usageError } from '../command-line/errors.ts';
import { suggestion, withSuggestion } from '../command-line/options.ts';
import { optionName, textOption } from '../command-line/parsing/framework-options.ts';
import { allOptionsFlag } from '../command-line/parsing/program-command.ts';
import { nameScriptsBy, shellLine } from '../command-line/shell-line.ts';
import { print } from '../command-line/terminal.ts';
import { longName } from '../settings/setting.ts';
import { commandCalled, commandOfScript, commands, repository, type TokenlapCommand } from './commands.ts';
import { helpText, versionText } from './other-commands.ts';

/** What the words mean: a script with its own words, or a text to print. */
export type Meaning = { script: string; words: readonly string[] } | { text: () => string | Promise<string> };

const completionHelp = `Usage: npx tokenlap completion SHELL

Prints a script that completes commands, options and their values.

  bash, zsh  eval "$(npx tokenlap completion bash)"     in ~/.bashrc, or with zsh in ~/.zshrc
  fish       npx tokenlap completion fish | source      in ~/.config/fish/config.fish`;

/** The script sees its own path and words, as if it had been started by itself: so logs have its name. */
export async function tokenlap(words: readonly string[]): Promise<void> {
  const meaning = await meaningOf(words);
  if ('text' in meaning) {
    print(await meaning.text());
    return;
  }
  nameScriptsBy(commandOfScript);
  const path = join(repository, meaning.script);
  process.argv = [process.argv[0] ?? process.execPath, path, ...meaning.words];
  await import(pathToFileURL(path).href);
}

/** @throws UserError with what to type instead */
export async function meaningOf(words: readonly string[]): Promise<Meaning> {
  const [first, ...rest] = words;
  if (first === undefined || asksForHelp([first])) return { text: helpText };
  if (['--version', '-v', '-V'].includes(first)) return { text: versionText };
  if (first.startsWith('-')) throw withoutCommand(words);
  if (first === 'help') return help(rest);
  const command = commandCalled(first);
  if (command?.name !== first) {
    const other = await otherCommandOf(words);
    if (other !== undefined) return meaningOf(other);
  }
  if (command !== undefined) return meaningOfCommand(command, rest);
  const own = await frameworkStart(first, 'benchmark', rest);
  if (own !== undefined) return own;
  throw looksLikeModel(first) ? modelAsCommand(first) : unknownCommand(first);
}

async function meaningOfCommand(command: TokenlapCommand, words: readonly string[]): Promise<Meaning> {
  if (command.name === 'version') return { text: versionText };
  if (command.name === 'completion') {
    if (asksForHelp(words)) return { text: () => completionHelp };
    const { completionText } = await import('./completion.ts');
    return { text: () => completionText(words) };
  }
  const [first, ...rest] = words;
  const other = command.without === undefined ? undefined : commandCalled(command.without);
  if (other !== undefined && (first === undefined || first.startsWith('-')) && !asksForHelp(words)) {
    return meaningOfCommand(other, words);
  }
  if (command.perFramework !== undefined && first !== undefined && !first.startsWith('-')) {
    const own = await frameworkStart(first, command.perFramework, rest);
    if (own !== undefined) return { script: own.script, words: withAddition(own.words, command.adds) };
  }
  if (command.script !== undefined) return { script: command.script, words: withAddition(words, command.adds) };
  return withoutFramework(words);
}

function withAddition(words: readonly string[], adds: TokenlapCommand['adds']): readonly string[] {
  // Another tool's flag may mean the option too: what stands last counts.
  return adds === undefined || isTyped(words, adds[0]) ? words : [...adds, ...words];
}

function isTyped(words: readonly string[], option: string): boolean {
  return words.some((word) => word === option || word.startsWith(`${option}=`));
}

/** The framework's own script; of a server its client's, with the address. Undefined for what is no framework, or has none. */
async function frameworkStart(
  name: string,
  kind: NonNullable<TokenlapCommand['perFramework']>,
  words: readonly string[],
): Promise<{ script: string; words: readonly string[] } | undefined> {
  const { frameworkNamed, isFrameworkName, serverNamed } = await import('../frameworks/registry.ts');
  if (!isFrameworkName(name)) return undefined;
  const framework = frameworkNamed(name);
  const script = `scripts/${framework.name}-${kind}.ts`;
  if (!existsSync(join(repository, script))) return undefined;
  const server = serverNamed(name);
  const address = framework.options?.find((each) => optionName(each) === server?.addressOption);
  const option = address === undefined ? '' : `--${longName(address)}`;
  if (server === undefined || isTyped(words, option) || asksForHelp(words)) return { script, words };
  const { oneFrameworkNamed } = await import('../run/run-options.ts');
  const { given } = await oneFrameworkNamed(name, {});
  return { script, words: [option, textOption(given, server.addressOption) ?? server.url, ...words] };
}

function asksForHelp(words: readonly string[]): boolean {
  return words.some((word) => ['--help', '-h', allOptionsFlag].includes(word));
}

async function withoutFramework(words: readonly string[]): Promise<Meaning> {
  const { frameworkNames, frameworks } = await import('../frameworks/registry.ts');
  const [first = ''] = words;
  if (asksForHelp([first])) {
    const names = frameworks.map(({ name }) => name).join(', ');
    const text = `Usage: npx tokenlap run FRAMEWORK [options]\n\nFrameworks: ${names}\nOptions: npx tokenlap help run FRAMEWORK`;
    return { text: () => text };
  }
  const { loadRegistry, modelCalled, namesakesText } = await import('../models/registry.ts');
  const registry = loadRegistry();
  const isModel = modelCalled(registry, first) !== undefined || namesakesText(registry, first) !== '';
  if (!first.startsWith('-') && (isModel || looksLikeModel(first))) throw modelAsCommand(first);
  const named = first === '' || first.startsWith('-');
  const known = frameworkNames();
  const message = named ? 'run needs a framework' : withSuggestion(`unknown framework "${first}"`, first, known);
  throw usage(
    message,
    `${shellLine(['npx', 'tokenlap', 'run', known[0] ?? '', ...(named ? words : words.slice(1))])}; frameworks: ${known.join(', ')}.`,
  );
}

async function help(words: readonly string[]): Promise<Meaning> {
  const asked = words.filter((word) => word !== '--all' && word !== allOptionsFlag);
  if (asked.length === 0 || asked[0] === 'help') return { text: helpText };
  return meaningOf([...asked, words.length === asked.length ? '--help' : allOptionsFlag]);
}

/** Our words for another tool's. @throws UserError where there are none */
async function otherCommandOf(words: readonly string[]): Promise<string[] | undefined> {
  const others = await import('./other-commands.ts');
  const found = others.otherCommandOf(words);
  if (found === undefined) return undefined;
  const { typed, command, rest } = found;
  if ('means' in command) return others.inOurCommands(command, rest);
  throw usage(`"${typed}" of ${command.tool} is not a command here`, command.instead);
}

function looksLikeModel(word: string): boolean {
  return /\.gguf$/i.test(word) || /^[\w.-]+:[\w.-]+$/.test(word) || /^[\w.-]+\/[\w.-]+$/.test(word);
}

function modelAsCommand(model: string): UserError {
  const line = (command: string) => shellLine(['npx', 'tokenlap', command, '--model', model]);
  return usage(
    `"${model}" is a model, not a command`,
    `To talk to it: ${line('chat')}; to measure it: ${line('benchmark')}`,
  );
}

const ownOptions = ['help', 'version'];

function withoutCommand(words: readonly string[]): UserError {
  const [first = ''] = words;
  const meant = suggestion(first.replace(/^-+/, ''), ownOptions);
  if (meant !== '') {
    return usage(
      `unknown option "${first}" (${meant.replace(/\b(help|version)\b/, '--$1')})`,
      'All commands: npx tokenlap help.',
    );
  }
  return usage(
    `${first} comes after a command`,
    `${shellLine(['npx', 'tokenlap', 'benchmark', ...words])}; all commands: npx tokenlap help.`,
  );
}

function unknownCommand(word: string): UserError {
  const known = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  return usage(withSuggestion(`unknown command "${word}"`, word, known), 'All commands: npx tokenlap help.');
}

function usage(message: string, remedy: string): UserError {
  return usageError(message, remedy);
}
