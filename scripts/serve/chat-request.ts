/** The body of /v1/chat/completions: messages of text, put into the words of the model's own template. */
import { z } from 'zod';
import { oneLine, UserError } from '../command-line/errors.ts';
import type { ChatTemplate } from '../models/chat-template/chat-template.ts';
import type { ChatMessage } from '../models/chat-template/rendering.ts';
import { badRequest } from './api-error.ts';
import { type Asked, readFields, sharedFields, sharedOf, tokenLimit } from './request-fields.ts';

const schema = z.looseObject({
  ...sharedFields,
  max_completion_tokens: tokenLimit,
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z
          .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))], {
            error: 'Invalid input: expected text, or a list of parts of type "text"',
          })
          .nullish(),
        tool_calls: z.array(z.unknown()).max(0, { error: 'calls of tools are not supported here' }).nullish(),
      }),
    )
    .min(1),
});

type Message = z.infer<typeof schema>['messages'][number];
type Role = Message['role'];
type Content = Message['content'];

/** Its prompt is what the template makes of the messages. @throws ApiError 400 */
export function readChatRequest(
  body: unknown,
  defaultTemperature: number,
): Omit<Asked, 'prompt'> & { messages: ChatMessage[] } {
  const fields = readFields(schema, body, defaultTemperature);
  const messages = fields.body.messages.map(
    ({ role, content }, i): ChatMessage => ({
      // OpenAI's newer name for the same.
      role: role === 'developer' ? 'system' : role,
      content: textOf(role, content, `messages[${i}].content`),
    }),
  );
  const shared = sharedOf(fields);
  return {
    ...shared,
    maxTokens: fields.body.max_completion_tokens ?? shared.maxTokens,
    messages,
  };
}

function textOf(role: Role, content: Content, path: string): string {
  // An answer that was a call of a tool has none.
  if (content == null && role === 'assistant') return '';
  if (content == null) throw badRequest(`"${path}": expected text, or a list of parts of type "text"`, path);
  if (typeof content === 'string') return content;
  const texts = content.map(({ type, text }, i) => {
    if (type === 'text' && text !== undefined) return text;
    throw badRequest(
      `"${path}[${i}]": a part of type ${JSON.stringify(type).slice(0, 60)} is not supported here, only text`,
      `${path}[${i}]`,
      'unsupported_parameter',
    );
  });
  return texts.join('');
}

/** @throws ApiError 400 */
export async function chatPrompt(body: unknown, template: ChatTemplate, defaultTemperature: number): Promise<Asked> {
  const { messages, ...asked } = readChatRequest(body, defaultTemperature);
  return { ...asked, prompt: await rendered(template, messages) };
}

/** Templates refuse conversations that they cannot render, two questions in a row for instance. */
async function rendered(template: ChatTemplate, messages: readonly ChatMessage[]): Promise<string> {
  try {
    return (await template(messages)).text;
  } catch (error) {
    if (error instanceof UserError) throw badRequest(oneLine(error), 'messages');
    throw error;
  }
}
