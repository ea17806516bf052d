/** The interactive side of chat: a prompt with line editing, commands, feedback, and Ctrl-C that stops only the answer. */
import { createInterface } from 'node:readline';
import { oneLine, UserError } from '../../command-line/errors.ts';
import { paint, say } from '../../command-line/terminal.ts';
import { EngineFailure } from '../../engine/engine-failure.ts';
import { completed, obeyed } from './chat-commands.ts';
import { Lines } from './lines.ts';
import type { ChatSession } from './session.ts';
import { answerLine } from './stats.ts';

export interface ConversationOptions {
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
    const line = (await lines.next(`${paint('bold', 'you')} > `))?.trim();
    if (line === undefined) break;
    if (line === '') continue;
    if (line.startsWith('/')) {
      const said = obeyed(line, session);
      if (said === null) break;
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
  const said = (await lines.next(paint('dim', '  good answer? [y/n, a comment, or Enter] ')))?.trim() ?? '';
  // A command is no opinion; it comes next.
  if (said.startsWith('/')) {
    session.feedback('none', '');
    lines.back(said);
  } else if (/^(y|yes|\+)$/i.test(said)) session.feedback('good', '');
  else if (/^(n|no|-)$/i.test(said)) session.feedback('bad', '');
  else session.feedback('none', said);
}
