/** Bodies of the two kinds of request: messages, rendered by the model's own template, and a prompt as text or token ids. */

import { z } from 'zod';
import { oneLine, UserError } from '../command-line/errors.ts';
import type { ChatMessage, ChatTemplate } from '../models/chat-template/chat-template.ts';
import { badRequest } from './api-error.ts';
import { type Asked, readFields, sharedFields, sharedOf, tokenLimit } from './request-fields.ts';

const chatSchema = z.looseObject({
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

type Message = z.infer<typeof chatSchema>['messages'][number];
type Role = Message['role'];
type Content = Message['content'];

/** Its prompt is what the template makes of the messages. @throws ApiError 400 */
export function readChatRequest(
  body: unknown,
  defaultTemperature: number,
): Omit<Asked, 'prompt'> & { messages: ChatMessage[] } {
  const fields = readFields(chatSchema, body, defaultTemperature);
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

/** The body of /v1/completions: one prompt, as text or as token ids. */
const completionSchema = z.looseObject({ ...sharedFields, prompt: z.unknown() });
const tokenIds = z.array(z.int().nonnegative());

/** OpenAI's own default for this kind of request. */
const defaultMaxTokens = 16;

export interface CompletionFacts {
  /** Number of token tokenIds. */
  vocabulary: number;
  /** What a text is begun with, see beginningWithBos. */
  begin: (text: string) => string;
}

/** @throws ApiError 400 */
export function readCompletionRequest(body: unknown, facts: CompletionFacts, defaultTemperature: number): Asked {
  const fields = readFields(completionSchema, body, defaultTemperature);
  const shared = sharedOf(fields);
  return { ...shared, maxTokens: shared.maxTokens ?? defaultMaxTokens, prompt: promptOf(fields.body.prompt, facts) };
}

function promptOf(prompt: unknown, { vocabulary, begin }: CompletionFacts): string | readonly number[] {
  const one = onlyOne(prompt);
  if (typeof one === 'string') return begin(one);
  const parsed = tokenIds.safeParse(one);
  if (!parsed.success) throw badRequest('"prompt": expected text or a list of token ids', 'prompt');
  const unknown = parsed.data.find((id) => id >= vocabulary);
  if (unknown === undefined) return parsed.data;
  throw badRequest(`"prompt": there is no token ${unknown}; the model has ${vocabulary}`, 'prompt');
}

/** Several prompts come as a list of texts or of lists; a list of one is that one. */
function onlyOne(prompt: unknown): unknown {
  if (!Array.isArray(prompt)) return prompt;
  const [first] = prompt;
  if (typeof first !== 'string' && !Array.isArray(first)) return prompt;
  if (prompt.length === 1) return first;
  throw badRequest('one prompt a request is supported here, not several', 'prompt', 'unsupported_parameter');
}
