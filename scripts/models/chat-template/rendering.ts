/** A model's own template applied to a conversation, in whatever thread this is. */
import { Template } from '@huggingface/jinja';
import type { ChatMessage, TemplateFacts } from './chat-template.ts';

/** @throws whatever the template is wrong in */
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
