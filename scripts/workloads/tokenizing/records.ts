/** What a tokenizing run writes into the raw log: each text, and how long the tokenizer took for it. */
import { z } from 'zod';
import { count, ns } from '../../log/record-fields.ts';

const tokenizingSchema = z.object({
  type: z.literal('tokenizing'),
  questionId: z.string(),
  tokens: count,
  durationNs: ns,
});
export type TokenizingRecord = z.infer<typeof tokenizingSchema>;

export const records = { name: 'tokenizing', schemas: [tokenizingSchema], spans: [] } as const;
