/**
 * What every runnable file shares: a commander program with examples in its help, and the one place that turns what
 * was thrown into a line for people and an exit code.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';
import { CommanderError } from 'commander';
import { exitCodes, fileError, isSystemError, oneLine, UserError } from './errors.ts';
import {
  allOptionsFlag,
  Described,
  moreOptionsText,
  optionDescription,
  ProgramCommand,
  visibleOptions,
} from './parsing/program-command.ts';
import { printable } from './printable-text.ts';
import { asStarted, startedBy } from './shell-line.ts';
import { paint, say } from './terminal.ts';

type Examples = ReadonlyArray<[command: string, does: string]>;

/**
 * @param examples complete command lines, each with a few words on what it does
 */
export function program(name: string, description: string, examples: Examples): Command {
  const helpWidth = Math.min(process.stdout.columns || 80, 110);
  return new ProgramCommand(name)
    .description(description)
    .configureHelp({ helpWidth, showGlobalOptions: true, visibleOptions, optionDescription, commandUsage })
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'show the options that people need most')
    .allowExcessArguments(false)
    .exitOverride()
    .addHelpText('after', ({ command }) => afterOptions(command, examples, helpWidth));
}

/** The words that lead to the command, behind what started the script, and what it takes. */
function commandUsage(command: CommandUnknownOpts): string {
  const path: string[] = [];
  let root = command;
  for (; root.parent !== null; root = root.parent) path.unshift(root.name());
  return [startedBy(process.argv[1] ?? '') ?? root.name(), ...path, command.usage()].join(' ');
}

function afterOptions(command: CommandUnknownOpts, examples: Examples, width: number): string {
  const more = moreOptionsText(command);
  return [
    ...(more === '' ? [] : [`\n${more}`]),
    `\nExamples:\n${examplesText(examples, width)}`,
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 something is missing,\n130 interrupted.',
  ].join('\n');
}

/** Side by side where all of them fit, else what each does on a line of its own. */
function examplesText(written: Examples, width: number): string {
  const examples = written.map(([command, does]) => [asStarted(command), does] as const);
  const longest = Math.max(...examples.map(([command]) => command.length));
  const fits = examples.every(([, does]) => longest + does.length + 4 <= width);
  return examples
    .map(([command, does]) => (fits ? `  ${command.padEnd(longest)}  ${does}` : `  ${command}\n      ${does}`))
    .join('\n');
}

/** True when the file is the one that was started, so that importing a runnable file does nothing. */
export function isMain(moduleUrl: string): boolean {
  const started = process.argv[1];
  if (started === undefined) return false;
  const file = fileURLToPath(moduleUrl);
  try {
    return realpathSync(started) === realpathSync(file);
  } catch {
    return false;
  }
}

/** Runs a script's body and ends the process with the right exit code. A body may set `process.exitCode` itself. */
export async function run(body: () => Promise<void>): Promise<void> {
  // Once, also where the command of all scripts runs one of them.
  process.stdout.off('error', endWithoutOutput).on('error', endWithoutOutput);
  // Nobody reads messages any more: that stops no work.
  process.stderr.off('error', ignored).on('error', ignored);
  try {
    await body();
  } catch (error) {
    if (error instanceof Described) throw error;
    process.exitCode = report(error);
  }
}

function ignored(): void {}

/**
 * The output did not arrive, so the command failed, and at once. A reader that has seen enough (`| head`) gets no message: as where SIGPIPE ends a program.
 */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.pipeClosed);
  const { message, remedy } = fileError(error, 'standard output', 'writing to');
  reportFailure(message, remedy);
  process.exit(exitCodes.failed);
}

/** Prints an error on stderr and returns the exit code it deserves. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    // A command without its subcommand: the help is on the screen already.
    if (error.code === 'commander.help') return exitCodes.usage;
    reportFailure(
      error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' '),
      error.code === 'commander.unknownCommand'
        ? 'Run it with --help to see its commands.'
        : `Run it with ${allOptionsFlag} to see every option.`,
    );
    return exitCodes.usage;
  }
  if (error instanceof UserError) {
    reportFailure(oneLine(error), error.remedy);
    return error.exitCode;
  }
  if (isSystemError(error)) {
    reportFailure(oneLine(error), undefined);
    return exitCodes.failed;
  }
  // The work was stopped, as a message has said already.
  if (error instanceof DOMException && error.name === 'AbortError') return exitCodes.interrupted;
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  reportFailure('internal error: this is a bug in Tokenlap', 'Please report it with the lines above.');
  return exitCodes.failed;
}

/** An error line and the next step, on standard error. */
export function reportFailure(message: string, remedy: string | undefined): void {
  say(`${paint('red', 'error:', process.stderr)} ${printable(message)}`);
  if (remedy !== undefined) say(`${paint('dim', 'next: ', process.stderr)} ${printable(remedy)}`);
}
