/**
 * Every command that a person is told to type, by the README, a page of docs/, a help text or a message of the product, is
 * read by a real shell and parsed by the script that it names. Nothing is run: the script's body stops behind the parsing.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { meaningOf } from '../scripts/tokenlap/dispatch.ts';

const bodies: Array<() => Promise<void>> = [];

vi.mock('../scripts/command-line/program.ts', async (original) => ({
  ...(await original<typeof import('../scripts/command-line/program.ts')>()),
  isMain: () => true,
  run: async (body: () => Promise<void>) => void bodies.push(body),
}));

class ParsedTo extends Error {
  readonly command: Command;

  constructor(command: Command) {
    super('parsed');
    this.command = command;
  }
}

const environment = { ...process.env };
const argv = process.argv;
beforeEach(() => {
  // A body goes as far as its options: the command that it would run, with nothing of it done.
  const parse = Command.prototype.parse;
  vi.spyOn(Command.prototype, 'action').mockImplementation(function (this: Command) {
    return this;
  });
  const stop = function (this: Command, ...given: Parameters<Command['parse']>): never {
    parse.apply(this, given);
    throw new ParsedTo(this);
  };
  vi.spyOn(Command.prototype, 'parse').mockImplementation(stop);
  vi.spyOn(Command.prototype, 'parseAsync').mockImplementation(async function (this: Command, ...given) {
    return stop.apply(this, given);
  });
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.argv = argv;
  process.exitCode = undefined;
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

const rooms = ['scripts', 'collate', 'plots'];
const found = new Map<string, () => Promise<void>>();

async function bodyOf(script: string): Promise<() => Promise<void>> {
  const known = found.get(script);
  if (known !== undefined) return known;
  await import(/* @vite-ignore */ pathToFileURL(resolve(script)).href);
  const body = bodies.pop();
  if (body === undefined) throw new Error(`${script} runs nothing`);
  found.set(script, body);
  return body;
}

function shellWords(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

/** Words behind `npx tsx SCRIPT` or `npm start --`, as a shell reads them; undefined where no script of ours is named. */
function readCommand(line: string): { script: string; words: string[] } | undefined {
  const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  while (words[0] !== undefined && /^[A-Z_]+=/.test(words[0])) words.shift();
  if (words[0] === 'npx') words.shift();
  const [program, script = '', ...rest] = words;
  if (program === 'tsx' && rooms.some((room) => script.startsWith(`${room}/`))) return { script, words: rest };
  if (program === 'npm' && script === 'start') return { script: 'scripts/start.ts', words: rest.slice(1) };
  return undefined;
}

/** What `npx tokenlap` makes of its words; undefined where that is a text to print. */
async function ofTokenlap(line: string): Promise<{ script: string; words: readonly string[] } | undefined> {
  const meaning = await meaningOf(shellWords(line).slice(line.startsWith('npx') ? 2 : 1));
  if (!('text' in meaning)) return meaning;
  return undefined;
}

/** @throws CommanderError for what the script does not know */
async function parsed(line: string): Promise<Command> {
  const isTokenlap = /^(npx )?tokenlap\b/.test(line);
  const command = isTokenlap ? await ofTokenlap(line) : readCommand(line);
  if (command === undefined && isTokenlap) return new Command();
  if (command === undefined) throw new Error(`${line}: names no script of ours`);
  process.argv = [process.execPath, command.script, ...command.words];
  try {
    await (await bodyOf(command.script))();
  } catch (error) {
    if (error instanceof ParsedTo) return error.command;
    if (error instanceof CommanderError && ['commander.help', 'commander.helpDisplayed'].includes(error.code)) {
      return new Command();
    }
    throw error;
  }
  throw new Error(`${line}: nothing was parsed`);
}

/** One line a command: comments, pipes and what stands before && are taken apart. */
function commandsOf(shell: string): string[] {
  return shell
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split(/&&|\||;|>/))
    .map((line) => line.trim())
    .filter((line) =>
      /^([A-Z_]+=\S* )*(npx )?tsx (scripts|collate|plots)\/[\w-]+\.ts|^npm start|^(npx )?tokenlap\b/.test(line),
    );
}

/** To be typed as they stand. */
function commandsOfPage(page: string): string[] {
  return commandsOf([...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block).join('\n'));
}

/** In running text, where a command may be named without its arguments. */
function commandsNamed(page: string): string[] {
  const text = page.replaceAll(/^```[\s\S]*?^```/gm, '');
  const spans = text.matchAll(/`((?:npx )?tsx [^`]+|npm start[^`]*|npx tokenlap [^`]*)`/g);
  return commandsOf([...spans].map(([, span = '']) => span).join('\n')).filter((line) => !line.endsWith(' COMMAND'));
}

/** Words in capitals stand for something of the person's; an ellipsis for more of the same. */
function withoutGaps(line: string): string {
  return line.replaceAll(/\$\{[^}]*\}/g, 'X').replaceAll(/\.\.\.,?/g, '');
}

function filesIn(folder: string, ending: string, recursive = false): string[] {
  return readdirSync(folder, { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

const pages = ['README.md', ...filesIn('docs', '.md')];
const scripts = rooms.flatMap((room) => filesIn(room, '.ts'));
const sources = rooms.flatMap((room) => filesIn(room, '.ts', true));

describe.each(pages)('%s', (page) => {
  // Scripts that a reader of the page writes are run by the tests of that page.
  const isOurs = (line: string) => !/scripts\/(toy|snake)-benchmark\.ts|--workload tokenizing/.test(line);
  const text = readFileSync(page, 'utf8');
  const commands = [...new Set(commandsOfPage(text))].filter(isOurs);
  const named = [...new Set(commandsNamed(text))].filter((line) => isOurs(line) && !commands.includes(line));
  if (named.length > 0) {
    it.each(named)('names %s', async (line) => {
      await parsed(withoutGaps(line)).catch((error) => {
        expect(error).toBeInstanceOf(CommanderError);
        expect(error.code).toMatch(/^commander\.missing(Argument|MandatoryOptionValue)$/);
      });
    });
  }
  if (commands.length === 0) {
    it('has no command to type', () => expect(commands).toEqual([]));
    return;
  }
  it.each(commands)('%s', async (line) => {
    expect(await parsed(withoutGaps(line))).toBeInstanceOf(Command);
  });
});

describe('examples in the help', () => {
  it.each(scripts)('%s', async (script) => {
    process.argv = [process.execPath, script, '--help'];
    const text: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => text.push(String(chunk)) > 0);
    await expect((await bodyOf(script))()).rejects.toMatchObject({ code: 'commander.helpDisplayed' });
    const [, examples = ''] = text.join('').split('\nExamples:\n');
    const lines = examples
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.trim().replace(/\s{2,}.*$/, ''));
    const commands = commandsOf((lines ?? []).join('\n'));
    expect(commands.length, `${basename(script)} has no example`).toBeGreaterThan(0);
    for (const line of commands) expect(await parsed(line), line).toBeInstanceOf(Command);
  });
});

describe('commands in messages', () => {
  const said = sources.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /\\?`((?:npx )?tsx [a-z]+\/[^`\\\n]+|npm start -- [^`\\\n]+|npx tokenlap [^`\\\n]+)\\?`/g,
      ),
    ].flatMap(([, line = '']) => commandsOf(line).map((command) => [file, command] as const)),
  );

  it.each(said)('%s: %s', async (_, line) => {
    expect(await parsed(withoutGaps(line))).toBeInstanceOf(Command);
  });
});

it('finds what does not exist', async () => {
  await expect(parsed('npx tsx scripts/benchmark.ts --sise tiny')).rejects.toThrow(/--sise/);
  await expect(parsed('npx tsx scripts/no-such.ts')).rejects.toThrow();
});
