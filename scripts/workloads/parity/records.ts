/** What a parity run writes into the raw log: the reference, each question, the verdict. */
import { z } from 'zod';
import { count, referenceFields } from '../../log/record-fields.ts';

/** What this run's greedy answers are compared with; only in logs of the parity workload. */
const parityReferenceSchema = z.object({ type: z.literal('parity_reference'), ...referenceFields });
export type ParityReferenceRecord = z.infer<typeof parityReferenceSchema>;

/** One question, answered greedily by both, and the reference's answer evaluated token by token by both. */
const paritySchema = z.object({
  type: z.literal('parity'),
  questionId: z.string(),
  question: z.string(),
  promptTokens: count,
  /** sha256 over the prompt's token ids as little-endian int32: the same for both. */
  promptTokensSha256: z.string(),
  /** Generated tokens; the end of the sequence counts as one where it came by itself. */
  referenceTokens: count,
  tokens: count,
  /** Length of the longest common prefix. */
  equalTokens: count,
  /** Null when both answers are the same. */
  divergence: z
    .object({
      /** Index of the first token that differs. */
      position: count,
      /** -1 for the end of the sequence. */
      referenceToken: z.int(),
      token: z.int(),
      /** Top-1 logit minus top-2 logit at this position: how close the choice was. */
      referenceGap: z.number(),
      /** Null where the engine shows no logits. */
      gap: z.number().nullable(),
    })
    .nullable(),
  /** Teacher-forced positions, and at how many both put the same token first. None where the engine shows no logits. */
  positions: count,
  top1Agreed: count,
  /** KL divergence of this run's distribution from the reference's, in nats, over the positions; null where there are none. */
  klMean: z.number().nullable(),
  klMax: z.number().nullable(),
});
export type ParityRecord = z.infer<typeof paritySchema>;

const parityVerdictSchema = z.object({
  type: z.literal('parity_verdict'),
  passed: z.boolean(),
  /** In words, what failed; empty when it passed. */
  reasons: z.array(z.string()),
  /** The bounds that were applied, those of the run's weight class. */
  tolerance: z.object({
    weightClass: z.string(),
    /** A first divergence is explained when the reference's own choice was closer than this. */
    logitGap: z.number(),
    top1Agreement: z.number(),
    klMean: z.number(),
  }),
});
export type ParityVerdictRecord = z.infer<typeof parityVerdictSchema>;

export const records = {
  name: 'parity',
  script: 'scripts/parity.ts',
  schemas: [parityReferenceSchema, paritySchema, parityVerdictSchema],
  spans: [],
} as const;
