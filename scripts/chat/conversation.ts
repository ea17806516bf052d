/** The interactive side of chat: a prompt with line editing, commands, feedback, and Ctrl-C that stops only the answer. */
import { createInterface } from 'node:readline';
import { oneLine, UserError } from '../command-line/errors.ts';
import { paint, say } from '../command-line/terminal.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { Lines } from './lines.ts';
import type { ChatSession } from './session.ts';
import { answerLine, statsTable } from './stats.ts';

const help = `/help   this list
/stats  timings of the answers so far
/reset  forget the conversation
/quit   leave (Ctrl-D does too)
Ctrl-C  stops the answer that is being written`;

export interface ConversationOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  askFeedback: boolean;
}

/** Returns when the person leaves. */
export async function converse(session: ChatSession, options: ConversationOptions): Promise<void> {
  const reader = createInterface({ input: options.input, output: options.output, historySize: 500 });
  const lines = new Lines(reader);
  let answering = false;
  reader.on('SIGINT', () => {
    if (answering) void session.stopAnswer();
    else {
      options.output.write('\n');
      say('Ctrl-C stops an answer; /quit or Ctrl-D leaves.');
      reader.prompt();
    }
  });
  say('Ask something; /help lists the commands.');
  while (true) {
    const line = (await lines.next(`${paint('bold', 'you')} > `))?.trim();
    if (line === undefined || line === '/quit' || line === '/exit') break;
    if (line === '') continue;
    if (line.startsWith('/')) {
      say(obey(line, session));
      continue;
    }
    answering = true;
    try {
      const { answer } = await session.say(line);
      options.output.write('\n');
      say(paint('dim', `  ${answerLine(answer)}`, process.stderr));
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

/** What a command answers. */
function obey(line: string, session: ChatSession): string {
  switch (line) {
    case '/help':
      return help;
    case '/stats':
      return statsTable(session.answers);
    case '/reset':
      session.reset();
      return 'The conversation is forgotten.';
    default:
      return `There is no command ${line.split(' ')[0]}.\n${help}`;
  }
}

async function collectFeedback(lines: Lines, session: ChatSession): Promise<void> {
  const said = (await lines.next(paint('dim', '  good answer? [y/n, a comment, or Enter] ')))?.trim() ?? '';
  // A command is no opinion; it comes next.
  if (said.startsWith('/')) {
    session.feedback('none', '');
    lines.back(said);
  } else if (/^(y|yes|\+)$/i.test(said)) session.feedback('good', '');
  else if (/^(n|no|-)$/i.test(said)) session.feedback('bad', '');
  else session.feedback('none', said);
}
