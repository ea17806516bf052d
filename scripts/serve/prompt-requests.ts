/** Bodies of the two kinds of request: messages, rendered by the model's own template, and a prompt as text or token ids. */

import { z } from 'zod';
import { oneLine, UserError } from '../command-line/errors.ts';
import type { ChatMessage, ChatTemplate } from '../models/chat-template/chat-template.ts';
import { badRequest } from './api-error.ts';
import type { Prompt } from './generation.ts';
import { type Asked, alternatives, readFields, sharedFields, sharedOf, tokenLimitFrom } from './request-fields.ts';

export const messagesSchema = z
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
  .min(1);

const chatSchema = z.looseObject({
  ...sharedFields,
  max_completion_tokens: tokenLimitFrom(1),
  /** Whether the probability of each token is wanted. */
  logprobs: z.boolean().nullish(),
  /** How many of the most probable tokens come with each. */
  top_logprobs: alternatives.nullish(),
  echo: z.boolean().nullish(),
  messages: messagesSchema,
});

type Messages = z.infer<typeof messagesSchema>;
type Message = Messages[number];
type Role = Message['role'];
type Content = Message['content'];

/** Its prompt is what the template makes of the messages. @throws ApiError 400 */
export function readChatRequest(
  body: unknown,
  defaultTemperature: number,
): Omit<Asked, 'prompts'> & { messages: ChatMessage[] } {
  const fields = readFields(chatSchema, body, defaultTemperature);
  const { max_completion_tokens, logprobs, top_logprobs, echo } = fields.body;
  if (echo === true) {
    throw badRequest('"echo" is not supported here, only in /v1/completions', 'echo', 'unsupported_parameter');
  }
  if (top_logprobs != null && top_logprobs > 0 && logprobs !== true) {
    throw badRequest('"top_logprobs" makes sense with "logprobs": true only', 'top_logprobs');
  }
  const shared = sharedOf(fields);
  return {
    ...shared,
    maxTokens: max_completion_tokens ?? shared.maxTokens,
    echo: false,
    alternatives: logprobs === true ? (top_logprobs ?? 0) : undefined,
    messages: plainMessages(fields.body.messages),
  };
}

function plainMessages(messages: Messages): ChatMessage[] {
  return messages.map(({ role, content }, i) => ({
    // OpenAI's newer name for the same.
    role: role === 'developer' ? 'system' : role,
    content: textOf(role, content, `messages[${i}].content`),
  }));
}

/** What the template makes of the messages of a request. @throws ApiError 400 */
export function promptOfMessages(messages: Messages, template: ChatTemplate): Promise<string> {
  return rendered(template, plainMessages(messages));
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
  return { ...asked, prompts: [{ content: await rendered(template, messages), begun: false }] };
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

/** The body of /v1/completions: one prompt or several, as texts or as token ids. */
const completionSchema = z.looseObject({
  ...sharedFields,
  max_tokens: tokenLimitFrom(0),
  prompt: z.unknown().optional(),
  echo: z.boolean().nullish(),
  /** How many of the most probable tokens come with each, 0 for the probability alone; false is a habit of chats. */
  logprobs: z.union([alternatives, z.literal(false)], { error: 'expected a whole number from 0 to 20' }).nullish(),
  top_logprobs: z.unknown().optional(),
});
/** More would keep an engine busy for one client for long. */
const mostPrompts = 256;
const tokenIds = z.array(z.int().nonnegative());

/** OpenAI's own default for this kind of request. */
const defaultMaxTokens = 16;

export interface CompletionFacts {
  /** Number of token ids. */
  vocabulary: number;
  /** What a text is begun with, see beginningWithBos. */
  begin: (text: string) => string;
}

/** @throws ApiError 400 */
export function readCompletionRequest(body: unknown, facts: CompletionFacts, defaultTemperature: number): Asked {
  const fields = readFields(completionSchema, body, defaultTemperature);
  const shared = sharedOf(fields);
  const { prompt, echo, logprobs, top_logprobs } = fields.body;
  if (top_logprobs != null && top_logprobs !== 0 && top_logprobs !== false) {
    const message = '"top_logprobs" is not supported here, only in chats; "logprobs": N asks for as many';
    throw badRequest(message, 'top_logprobs', 'unsupported_parameter');
  }
  const maxTokens = shared.maxTokens ?? defaultMaxTokens;
  if (maxTokens === 0 && echo !== true)
    throw badRequest('"max_tokens": 0 makes sense with "echo": true only', 'max_tokens');
  return {
    ...shared,
    maxTokens,
    echo: echo ?? false,
    alternatives: logprobs === false ? undefined : (logprobs ?? undefined),
    prompts: promptsOf(prompt, facts),
  };
}

function promptsOf(prompt: unknown, facts: CompletionFacts): Prompt[] {
  if (!isSeveral(prompt)) return [promptOf(prompt, 'prompt', facts)];
  if (prompt.length > mostPrompts) {
    throw badRequest(
      `"prompt": up to ${mostPrompts} prompts are read from one request, not ${prompt.length}`,
      'prompt',
    );
  }
  return prompt.map((one, i) => promptOf(one, prompt.length === 1 ? 'prompt' : `prompt[${i}]`, facts));
}

/** Several prompts come as a list of texts or of lists of token ids. */
function isSeveral(prompt: unknown): prompt is unknown[] {
  return Array.isArray(prompt) && (typeof prompt[0] === 'string' || Array.isArray(prompt[0]));
}

function promptOf(prompt: unknown, path: string, { vocabulary, begin }: CompletionFacts): Prompt {
  if (typeof prompt === 'string') return { content: begin(prompt), begun: begin(prompt) !== prompt };
  return { content: readTokenIds(prompt, path, vocabulary, 'text or a list of token ids'), begun: false };
}

/**
 * @param path of the field
 * @param expected what the field may hold
 * @throws ApiError 400
 */
export function readTokenIds(value: unknown, path: string, vocabulary: number, expected: string): readonly number[] {
  const parsed = tokenIds.safeParse(value);
  if (!parsed.success) throw badRequest(`"${path}": expected ${expected}`, path);
  const unknown = parsed.data.find((id) => id >= vocabulary);
  if (unknown === undefined) return parsed.data;
  throw badRequest(`"${path}": there is no token ${unknown}; the model has ${vocabulary}`, path);
}
