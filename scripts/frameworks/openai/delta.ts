/** Reads one event of a stream: its text, the reason for the end, the numbers of tokens. */
import { z } from 'zod';
import { errorIn, errorInStream, json, serverFailure } from './server-failure.ts';

const text = z.string().nullish();

const eventSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        index: z.int().nullish(),
        text,
        delta: z.looseObject({ content: text, refusal: text, reasoning_content: text, reasoning: text }).nullish(),
        finish_reason: z.unknown().optional(),
        token_ids: z.array(z.int()).nullish(),
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
});

/** Counts of a server; null when it does not report one, or reports an impossible one. */
export interface Usage {
  promptTokens: number | null;
  tokens: number | null;
  cachedPromptTokens: number | null;
  /** Tokens of the reasoning, part of `tokens`; some servers count them and do not send their text. */
  reasoningTokens: number | null;
}

export interface Delta {
  /** Text of the event, reasoning included; empty in events that only open, close, call a tool or count. */
  text: string;
  /** Whether some of the text is reasoning. */
  reasons: boolean;
  finishReason: string | null;
  /** Null when the event has no count. */
  usage: Usage | null;
  /** Ids of this event's text, or in the last event all of them; null when the server does not report them. */
  ids: readonly number[] | null;
}

/** @throws RequestFailure for an error in the stream, and for data that is not an event of OpenAI's form */
export function readDelta(data: string): Delta {
  const value = json(data);
  if (errorIn(value) !== undefined) throw errorInStream(data);
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) throw serverFailure('rubbish', `an event is not of OpenAI's form: ${data.slice(0, 200)}`);
  const { choices, usage } = parsed.data;
  // One answer is asked for; what stands at another index belongs to another one.
  const choice = choices?.find(({ index }) => (index ?? 0) === 0);
  const reason = choice?.finish_reason;
  const { reasoning, content } = textsOf(choice);
  return {
    text: reasoning + content,
    reasons: reasoning !== '',
    finishReason: typeof reason === 'string' && reason.trim() !== '' ? reason.trim() : null,
    usage: readUsage(usage),
    ids: choice?.token_ids ?? null,
  };
}

type Choice = NonNullable<NonNullable<z.infer<typeof eventSchema>['choices']>[number]>;

/**
 * Servers have several names for the same text, and some fill two of them: of each kind the first field that says something
 * counts. An event in which the reasoning ends and the answer begins has text of both kinds.
 */
function textsOf(choice: Choice | undefined): { reasoning: string; content: string } {
  const { delta } = choice ?? {};
  return {
    reasoning: delta?.reasoning_content || delta?.reasoning || '',
    content: delta?.content || choice?.text || delta?.refusal || '',
  };
}

const usageSchema = z.looseObject({
  prompt_tokens: z.unknown().optional(),
  completion_tokens: z.unknown().optional(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.unknown().optional() }).nullish().catch(null),
  completion_tokens_details: z.looseObject({ reasoning_tokens: z.unknown().optional() }).nullish().catch(null),
});

/** Ignores counts that are missing, null, negative or fractional, and keeps the others. */
export function readUsage(usage: unknown): Usage | null {
  // Nearly every event: it has to cost nothing while others arrive.
  if (usage === undefined || usage === null) return null;
  const fields = usageSchema.safeParse(usage).data;
  const promptTokens = countOf(fields?.prompt_tokens);
  const tokens = countOf(fields?.completion_tokens);
  if (promptTokens === null && tokens === null) return null;
  return {
    promptTokens,
    tokens,
    cachedPromptTokens: atMost(promptTokens, countOf(fields?.prompt_tokens_details?.cached_tokens)),
    reasoningTokens: atMost(tokens, countOf(fields?.completion_tokens_details?.reasoning_tokens)),
  };
}

/** Ignores a part that exceeds the whole. */
function atMost(whole: number | null, part: number | null): number | null {
  return whole !== null && part !== null && part <= whole ? part : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
