/** What one event of a stream says: text, why it ended, the numbers of tokens. */
import { z } from 'zod';
import { saidIn, serverFailure } from './server-failure.ts';

const text = z.string().nullish();
const count = z.int().nonnegative();

const usageSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count.nullish() }).nullish(),
});

const eventSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        text,
        // Two names for the same, by different servers.
        delta: z.looseObject({ content: text, reasoning_content: text, reasoning: text }).nullish(),
        finish_reason: text,
        token_ids: z.array(z.int()).nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
  error: z.unknown().optional(),
});

export interface Delta {
  /** Empty in events that only open, close or count; reasoning is text like any other. */
  text: string;
  finishReason: string | null;
  usage: { promptTokens: number; tokens: number; cachedPromptTokens: number } | null;
  /** Where the server tells them: of this event's text, or in the last event all of them. */
  ids: readonly number[] | null;
}

/** @throws RequestFailure for an error in the stream, and for what is no event of this kind */
export function readDelta(data: string): Delta {
  const parsed = eventSchema.safeParse(json(data));
  if (!parsed.success) throw serverFailure('rubbish', `an event is not of OpenAI's form: ${data.slice(0, 200)}`);
  const { choices, usage, error } = parsed.data;
  if (error !== undefined && error !== null) {
    throw serverFailure('broken_stream', `the stream ended with an error: ${saidIn(data)}`);
  }
  const choice = choices?.[0];
  const delta = choice?.delta;
  return {
    text: `${delta?.reasoning_content ?? delta?.reasoning ?? ''}${delta?.content ?? ''}${choice?.text ?? ''}`,
    finishReason: choice?.finish_reason ?? null,
    usage:
      usage == null
        ? null
        : {
            promptTokens: usage.prompt_tokens,
            tokens: usage.completion_tokens,
            cachedPromptTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
          },
    ids: choice?.token_ids ?? null,
  };
}

function json(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
