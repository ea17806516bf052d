/** What an embedding run writes into the raw log: each batch of texts. */
import { z } from 'zod';
import { count, ns, phases } from '../../log/record-fields.ts';

/** One batch of texts, each made a vector. */
const embeddingSchema = z.object({
  type: z.literal('embedding'),
  batch: count,
  phase: z.enum(phases),
  /** Round of the list of texts within this run. */
  round: count,
  texts: count,
  /** Tokens of all texts, with what the tokenizer puts around each. */
  tokens: count,
  /** Numbers of a vector. */
  dimensions: count,
  /** The texts enter the framework, all are tokens, the last vector is there. */
  startNs: ns,
  submitNs: ns,
  endNs: ns,
});
export type EmbeddingRecord = z.infer<typeof embeddingSchema>;

export const records = {
  name: 'embedding',
  schemas: [embeddingSchema],
  spans: ['embedding'],
} as const;
