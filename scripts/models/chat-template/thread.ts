/** The thread in which a model's own template runs; started by chat-template.ts, never by a person. */
import { parentPort, workerData } from 'node:worker_threads';
import { oneLine } from '../../command-line/errors.ts';
import type { ChatMessage, TemplateFacts } from './chat-template.ts';
import { rendererOf } from './rendering.ts';

/** What it is asked, and what it answers; before that it says `ready` once. */
export type Rendered = { text: string; durationNs: number } | { failed: 'cannot be read' | 'failed'; why: string };
export type TemplateMessage = 'ready' | Rendered;

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
