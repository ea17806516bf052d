/** A model's own template applied to a conversation, in the thread that calls it. */
import { Template } from '@huggingface/jinja';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface TemplateFacts {
  /** Jinja source of `tokenizer.chat_template`; null where the file has none. */
  chatTemplate: string | null;
  /** Text of the special tokens that templates mention; null where the file has none. */
  bosToken: string | null;
  eosToken: string | null;
  /** The tokenizer puts the BOS token before a prompt. */
  addBosToken: boolean;
}

/** What the thread of a template says: `ready` once, then an answer to each conversation. */
export type Rendered = { text: string; durationNs: number } | { failed: 'cannot be read' | 'failed'; why: string };
export type TemplateMessage = 'ready' | Rendered;

/** @throws the error of a template that cannot be parsed, or of its rendering */
export function rendererOf(
  facts: TemplateFacts & { chatTemplate: string },
): (messages: readonly ChatMessage[]) => string {
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

/** The text with the BOS token in front, where the model's tokenizer puts one and the text has none yet. */
export function beginningWithBos(
  { addBosToken, bosToken }: Pick<TemplateFacts, 'addBosToken' | 'bosToken'>,
  text: string,
): string {
  return !addBosToken || bosToken === null || text.startsWith(bosToken) ? text : bosToken + text;
}
