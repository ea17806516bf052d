/** The body of /v1/completions: one prompt, as text or as token ids. */
import { z } from 'zod';
import { badRequest } from './api-error.ts';
import { type Asked, readFields, sharedFields, sharedOf } from './request-fields.ts';

const schema = z.looseObject({ ...sharedFields, prompt: z.unknown() });
const ids = z.array(z.int().nonnegative());

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
  const fields = readFields(schema, body, defaultTemperature);
  const shared = sharedOf(fields);
  return { ...shared, maxTokens: shared.maxTokens ?? defaultMaxTokens, prompt: promptOf(fields.body.prompt, facts) };
}

function promptOf(prompt: unknown, { vocabulary, begin }: CompletionFacts): string | readonly number[] {
  const one = onlyOne(prompt);
  if (typeof one === 'string') return begin(one);
  const parsed = ids.safeParse(one);
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
