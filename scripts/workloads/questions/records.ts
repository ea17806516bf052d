/** What a run of questions writes into the raw log: each token, and each answer behind its tokens. */
import { z } from 'zod';
import { count, ns, phases } from '../../log/record-fields.ts';
import { shuffle } from '../../statistics/seeded-random.ts';

const tokenSchema = z.object({
  type: z.literal('token'),
  answer: count,
  /** 0 for the first generated token. */
  step: count,
  id: z.int(),
  text: z.string(),
  /** The instant at which the token existed in the engine. */
  atNs: ns,
  /** How long the step's work took to be handed to the device; only engines that enqueue asynchronously know it. */
  enqueueNs: ns.optional(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

const stopReasons = ['length', 'end', 'cancelled'] as const;

const answerSchema = z.object({
  type: z.literal('answer'),
  answer: count,
  phase: z.enum(phases),
  /** Round of the question list within this run. */
  round: count,
  questionId: z.string(),
  question: z.string(),
  expected: z.string().nullable(),
  text: z.string(),
  /** Null where there is nothing to compare with. */
  correct: z.boolean().nullable(),
  promptTokens: count,
  /** Prompt tokens whose keys and values were still cached from before. */
  cachedPromptTokens: count,
  /** sha256 over the prompt's token ids as little-endian int32. */
  promptTokensSha256: z.string(),
  templateNs: ns,
  tokenizeNs: ns,
  /** t0: submission minus template and tokenisation, so that both belong to TTFT in every framework. */
  startNs: ns,
  submitNs: ns,
  /** The prompt is evaluated; absent where the engine does not show it. */
  promptEvaluatedNs: ns.optional(),
  /** t1 and tn; absent when nothing was generated. */
  firstTokenNs: ns.optional(),
  lastTokenNs: ns.optional(),
  /** n: generated tokens, the end-of-sequence token not counted. */
  tokens: count,
  /** m and k: distinct instants at which they came, and how many came with the first; see arrivals.ts. */
  arrivals: count.optional(),
  firstArrivalTokens: count.optional(),
  stop: z.enum(stopReasons),
  /** From a server: in how many pieces the text came, and the tokens as the server counts them, where it does. */
  served: z.object({ chunks: count, promptTokens: count.nullable(), tokens: count.nullable() }).optional(),
});
export type AnswerRecord = z.infer<typeof answerSchema>;

export const records = {
  name: 'qa',
  schemas: [tokenSchema, answerSchema],
  spans: ['question'],
} as const;

/** Every round of every iteration has an order of its own, the same for all frameworks. */
export function questionOrder<T>(questions: readonly T[], seed: number, round: number): T[] {
  return shuffle(questions, seed * 1_000_003 + round);
}

/** Null where no answer is known, or where this one was cut before its end. */
export function judgeAnswer(written: string, expected: string | null, stop: AnswerRecord['stop']): boolean | null {
  if (expected === null) return null;
  const equal = written === expected.trim();
  return equal || stop === 'end' ? equal : null;
}
