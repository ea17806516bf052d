/** The interactive side of chat: a prompt with line editing, commands, feedback, and Ctrl-C that stops only the answer. */
import { createInterface, type Interface } from 'node:readline/promises';
import { oneLine, UserError } from '../command-line/errors.ts';
import { paint, say } from '../command-line/terminal.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
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
  let answering = false;
  let left = false;
  reader.on('SIGINT', () => {
    if (answering) void session.stopAnswer();
    else {
      options.output.write('\n');
      say('Ctrl-C stops an answer; /quit or Ctrl-D leaves.');
      reader.prompt();
    }
  });
  reader.once('close', () => {
    left = true;
  });
  say('Ask something; /help lists the commands.');
  while (!left) {
    const line = (await nextLine(reader, `${paint('bold', 'you')} > `)).trim();
    if (left || line === '/quit' || line === '/exit') break;
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
    if (options.askFeedback) await collectFeedback(reader, session);
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

async function collectFeedback(reader: Interface, session: ChatSession): Promise<void> {
  const said = (await nextLine(reader, paint('dim', '  good answer? [y/n, a comment, or Enter] '))).trim();
  if (/^(y|yes|\+)$/i.test(said)) session.feedback('good', '');
  else if (/^(n|no|-)$/i.test(said)) session.feedback('bad', '');
  else session.feedback('none', said);
}

/** An empty line when the input has ended. */
function nextLine(reader: Interface, prompt: string): Promise<string> {
  return new Promise((resolve) => {
    const ended = () => resolve('');
    reader.once('close', ended);
    reader.question(prompt).then(
      (line) => {
        reader.off('close', ended);
        resolve(line);
      },
      () => resolve(''),
    );
  });
}
