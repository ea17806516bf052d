/** The thread in which a model's own template runs; started by chat-template.ts, never by a person. */
import { parentPort, workerData } from 'node:worker_threads';
import { Template } from '@huggingface/jinja';
import { oneLine } from '../../command-line/errors.ts';
import {
  beginningWithBos,
  type ChatMessage,
  type Rendered,
  type TemplateFacts,
  type TemplateMessage,
} from './chat-template.ts';

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

/** @throws the error of a template that cannot be parsed, or of its rendering */
function rendererOf(facts: TemplateFacts & { chatTemplate: string }): (messages: readonly ChatMessage[]) => string {
  const template = new Template(facts.chatTemplate);
  const { bosToken, eosToken } = facts;
  return (messages) =>
    beginningWithBos(
      facts,
      template.render({
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: true,
        bos_token: bosToken ?? '',
        eos_token: eosToken ?? '',
      }),
    );
}
