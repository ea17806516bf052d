/** What a person types in a conversation that is no question: one list for what is obeyed, completed and explained. */
import type { ChatSession } from './session.ts';
import { statsTable } from './stats.ts';

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

/** What a command answers; null: the conversation ends. */
export function obeyed(line: string, session: ChatSession): string | null {
  const [name = '', ...words] = line.split(/\s+/);
  const found = commands.find(({ names }) => names.includes(name.toLowerCase()));
  if (found === undefined) return `There is no command ${name}.\n${help()}`;
  return found.obey(session, words.join(' '));
}

/** For the line editor: those that begin so, and all of them where none does. */
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
