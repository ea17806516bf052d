/** The thread in which a model's own template runs; started by chat-template.ts, never by a person. */
import { parentPort, workerData } from 'node:worker_threads';
import { oneLine } from '../../command-line/errors.ts';
import { type ChatMessage, type Rendered, rendererOf, type TemplateFacts, type TemplateMessage } from './rendering.ts';

const { facts, longestText }: { facts: TemplateFacts & { chatTemplate: string }; longestText: number } = workerData;
let render: ReturnType<typeof rendererOf> | undefined;

parentPort?.on('message', (messages: readonly ChatMessage[]) => tell(answer(messages)));
tell('ready');

function answer(messages: readonly ChatMessage[]): Rendered {
  try {
    render ??= rendererOf(facts);
  } catch (error) {
    return { failed: 'cannot be read', why: oneLine(error) };
  }
  try {
    const before = process.hrtime.bigint();
    const text = render(messages);
    const durationNs = Number(process.hrtime.bigint() - before);
    if (text.length <= longestText) return { text, durationNs };
    return { failed: 'failed', why: `it makes a text of ${text.length} characters` };
  } catch (error) {
    return { failed: 'failed', why: oneLine(error) };
  }
}

function tell(message: TemplateMessage): void {
  parentPort?.postMessage(message);
}
