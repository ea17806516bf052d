/** From a conversation to the exact text a model was trained on, by the template in its own file. */
import { Template } from '@huggingface/jinja';
import { oneLine, UserError } from '../command-line/errors.ts';
import type { ResolvedModel } from './resolve.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Renders a conversation up to the point where the assistant speaks. The BOS token is put in front where it belongs. */
export type ChatTemplate = (messages: readonly ChatMessage[]) => string;

type TemplateFacts = Pick<ResolvedModel, 'chatTemplate' | 'bosToken' | 'eosToken' | 'addBosToken'>;

/** Models without a template (GPT-2 and other base models) get plain questions and answers. */
export function chatTemplateOf(model: TemplateFacts): ChatTemplate {
  const { chatTemplate, bosToken, eosToken } = model;
  const withBos = (text: string) => beginningWithBos(model, text);
  if (chatTemplate === null) return (messages) => withBos(plainText(messages));
  const template = parse(chatTemplate);
  return (messages) => {
    try {
      return withBos(
        template.render({
          messages: messages.map((message) => ({ ...message })),
          add_generation_prompt: true,
          bos_token: bosToken ?? '',
          eos_token: eosToken ?? '',
        }),
      );
    } catch (cause) {
      throw new UserError(`the model's chat template failed: ${oneLine(cause)}`, { cause });
    }
  };
}

/** The text with the BOS token in front, where the model's tokenizer puts one and the text has none yet. */
export function beginningWithBos({ addBosToken, bosToken }: TemplateFacts, text: string): string {
  return !addBosToken || bosToken === null || text.startsWith(bosToken) ? text : bosToken + text;
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw new UserError(`the model's chat template cannot be read: ${oneLine(cause)}`, {
      cause,
      remedy: 'Look at it with `npx tsx scripts/models.ts inspect PATH`.',
    });
  }
}

function plainText(messages: readonly ChatMessage[]): string {
  const names = { system: '', user: 'Question: ', assistant: 'Answer: ' };
  return `${messages.map(({ role, content }) => `${names[role]}${content}\n`).join('')}Answer:`;
}
