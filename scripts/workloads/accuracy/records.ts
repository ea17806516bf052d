/** What an accuracy run writes into the raw log: each task, each of its items with the whole conversation, and the result. */
import { z } from 'zod';
import { count, ns } from '../../log/record-fields.ts';

const share = z.number().min(0).max(1);

/** Before the first item of a task. */
const taskSchema = z.object({
  type: z.literal('task'),
  /** Its name; of a file of one's own with the file's name behind it: `jsonl:gsm8k.jsonl`. */
  task: z.string().min(1),
  title: z.string(),
  atNs: ns,
  items: z.int().positive(),
  /** sha256 over ids, openings and expected answers: the same items, the same hash. */
  itemsSha256: z.string(),
  /** Whether the items were made from the seed, and not only chosen and ordered by it. */
  procedural: z.boolean(),
  seed: z.int(),
  /** Of each answer. */
  maxTokens: z.int().positive(),
  /** Answers of one item. */
  maxTurns: z.int().positive(),
  temperature: z.number().nonnegative(),
  /** Share that guessing gets right; null where it is next to nothing. */
  chance: share.nullable(),
  /** Where the items came from, if from a file. */
  source: z.object({ file: z.string(), sha256: z.string() }).optional(),
});
export type TaskRecord = z.infer<typeof taskSchema>;

const messageSchema = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** One answer of the model within an item; its text is a message of the item. */
const taskAnswerSchema = z.object({
  promptTokens: count,
  /** n: generated tokens, the end-of-sequence token not counted. */
  tokens: count,
  stop: z.enum(['length', 'end', 'cancelled']),
  submitNs: ns,
  /** t1 and tn; absent when nothing was generated. */
  firstTokenNs: ns.optional(),
  lastTokenNs: ns.optional(),
  /** m and k; see arrivals.ts. */
  arrivals: count.optional(),
  firstArrivalTokens: count.optional(),
  /** It came over a connection from a server. */
  served: z.literal(true).optional(),
});
export type TaskAnswer = z.infer<typeof taskAnswerSchema>;

const taskItemSchema = z.object({
  type: z.literal('task_item'),
  task: z.string(),
  /** From 0 within its task. */
  item: count,
  id: z.string(),
  /** The conversation as it went, answers included. */
  messages: z.array(messageSchema).min(1),
  answers: z.array(taskAnswerSchema),
  expected: z.string(),
  /** What was taken for the answer; null where there was none in the text. */
  extracted: z.string().nullable(),
  score: share,
  /** A score of 1. */
  correct: z.boolean(),
  /**
   * Why it got this score: `correct`, or a word of the task. `length`: the answer was cut at the token limit; `context`: at
   * the end of the context, or there was no room to ask; `turns`: too many.
   */
  reason: z.string(),
});
export type TaskItemRecord = z.infer<typeof taskItemSchema>;

/** Behind the last item of a task: it is complete. */
const taskResultSchema = z.object({
  type: z.literal('task_result'),
  task: z.string(),
  atNs: ns,
  items: z.int().positive(),
  correct: count,
  /** Mean of the scores. */
  score: share,
  /** 95 % interval of the share of correct items (Wilson 1927). */
  ciLow: share,
  ciHigh: share,
});
export type TaskResultRecord = z.infer<typeof taskResultSchema>;

export const records = {
  name: 'accuracy',
  script: 'scripts/verifiers-sweep.ts',
  schemas: [taskSchema, taskItemSchema, taskResultSchema],
  spans: [],
} as const;
