/** The interactive side of chat: a prompt with line editing, commands, feedback, and Ctrl-C that stops only the answer. */
import { createInterface, type Interface } from 'node:readline';
import { oneLine, UserError } from '../../command-line/errors.ts';
import { paint, say } from '../../command-line/terminal.ts';
import { EngineFailure } from '../../engine/engine-failure.ts';
import { answerLine, type ChatSession, statsTable } from './workload.ts';

interface ConversationOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Whether to ask after each answer; `/good` and `/bad` need no question. */
  askFeedback: boolean;
  /** Whether the model takes each question by itself: then the conversation is forgotten after each answer. */
  singleTurn?: boolean;
}

/** Returns when the person leaves. */
export async function converse(session: ChatSession, options: ConversationOptions): Promise<void> {
  const reader = createInterface({
    input: options.input,
    output: options.output,
    historySize: 500,
    removeHistoryDuplicates: true,
    completer: completed,
  });
  const lines = new Lines(reader);
  let answering = false;
  reader.on('SIGINT', () => {
    if (answering) void session.stopAnswer();
    else {
      options.output.write('\n');
      say('Ctrl-C stops an answer; /bye or Ctrl-D leaves.');
      // As in a shell: what was typed is dropped, so that Ctrl-D finds an empty line.
      reader.write(null, { ctrl: true, name: 'e' });
      reader.write(null, { ctrl: true, name: 'u' });
      reader.prompt();
    }
  });
  say('Ask something; /help lists the commands, /bye leaves.');
  while (true) {
    const line = await lines.next(`${paint('bold', 'you')} > `);
    if (line === '') continue;
    const said = line === null ? null : obeyed(line, session);
    if (line === null || said === null) break;
    if (said !== undefined) {
      say(said);
      continue;
    }
    answering = true;
    try {
      const { answer } = await session.say(line);
      options.output.write('\n');
      say(paint('dim', `  ${answerLine(answer)}`, process.stderr));
      if (options.singleTurn === true) session.reset();
    } catch (error) {
      // A dead engine ends the chat; a question that the model cannot take does not.
      if (error instanceof EngineFailure || !(error instanceof UserError)) throw error;
      say(`${oneLine(error)}. /reset forgets the conversation so far.`);
      continue;
    } finally {
      answering = false;
    }
    if (options.askFeedback) await collectFeedback(lines, session);
  }
  reader.close();
}

async function collectFeedback(lines: Lines, session: ChatSession): Promise<void> {
  const said = (await lines.next(paint('dim', '  good answer? [y/n, a comment, or Enter] '))) ?? '';
  // A command is no opinion; it comes next.
  if (said.startsWith('/')) {
    session.feedback('none', '');
    lines.back(said);
  } else if (/^(y|yes|\+)$/i.test(said)) session.feedback('good', '');
  else if (/^(n|no|-)$/i.test(said)) session.feedback('bad', '');
  else session.feedback('none', said);
}

/** Lines in the order in which they were typed, also those typed while an answer was being written; without space around them. */
class Lines {
  readonly #reader: Interface;
  readonly #typed: Array<string | null> = [];
  #take: ((line: string | null) => void) | undefined;

  constructor(reader: Interface) {
    this.#reader = reader;
    reader.on('line', (line) => this.#add(line.trim()));
    reader.once('close', () => this.#add(null));
  }

  /** Null when the input has ended. */
  next(prompt: string): Promise<string | null> {
    const typed = this.#typed.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    this.#reader.setPrompt(prompt);
    this.#reader.prompt();
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  }

  /** Puts a line back to be taken next. */
  back(line: string): void {
    this.#typed.unshift(line);
  }

  #add(line: string | null): void {
    const take = this.#take;
    this.#take = undefined;
    if (take === undefined) this.#typed.push(line);
    else take(line);
  }
}

/** What a person types that is no question: one list for what is obeyed, completed and explained. */
interface ChatCommand {
  names: readonly [first: string, ...others: string[]];
  does: string;
  /** What it answers; null: the conversation ends. @param rest what was typed behind the command */
  obey: (session: ChatSession, rest: string) => string | null;
}

const commands: readonly ChatCommand[] = [
  { names: ['/help', '/?'], does: 'this list', obey: () => help() },
  { names: ['/stats'], does: 'timings of the answers so far', obey: ({ answers }) => statsTable(answers) },
  { names: ['/good'], does: 'the last answer was good; a comment may follow', obey: rated('good') },
  { names: ['/bad'], does: 'the last answer was bad; a comment may follow', obey: rated('bad') },
  {
    names: ['/reset', '/clear'],
    does: 'forget the conversation',
    obey: (session) => {
      session.reset();
      return 'The conversation is forgotten.';
    },
  },
  { names: ['/bye', '/quit', '/exit'], does: 'leave (Ctrl-D does too)', obey: () => null },
];

const commandNames: readonly string[] = commands.flatMap(({ names }) => names);

/** What a command answers; null: the conversation ends; undefined: the line is a question. */
function obeyed(line: string, session: ChatSession): string | null | undefined {
  if (!line.startsWith('/')) return undefined;
  const [name = '', ...words] = line.split(/\s+/);
  const found = commands.find(({ names }) => names.includes(name.toLowerCase()));
  if (found === undefined) return `There is no command ${name}.\n${help()}`;
  return found.obey(session, words.join(' '));
}

/** Completes for the line editor: commands that begin so, and all of them where none does. */
export function completed(line: string): [hits: string[], part: string] {
  if (!line.startsWith('/')) return [[], line];
  const hits = commandNames.filter((name) => name.startsWith(line.toLowerCase()));
  return [hits.length === 0 ? [...commandNames] : hits, line];
}

function help(): string {
  const rows = commands.map(({ names, does }) => [names.join(', '), does] as const);
  const keys = [
    ['Ctrl-C', 'stops the answer that is being written'],
    ['arrow up', 'what you typed before; Tab completes a command'],
  ] as const;
  const width = Math.max(...[...rows, ...keys].map(([name]) => name.length));
  return [...rows, ...keys].map(([name, does]) => `${name.padEnd(width)}  ${does}`).join('\n');
}

function rated(rating: 'good' | 'bad') {
  return (session: ChatSession, comment: string): string => {
    if (session.answers.length === 0) return 'There is no answer yet.';
    session.feedback(rating, comment);
    return 'Noted in the log.';
  };
}
