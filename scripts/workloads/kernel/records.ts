/** What a run of llama-bench's tests writes into the raw log: each repetition. */
import { z } from 'zod';
import { count, ns, phases } from '../../log/record-fields.ts';

/** One repetition of llama-bench's pp or tg test. */
const kernelSchema = z.object({
  type: z.literal('kernel'),
  test: z.enum(['pp', 'tg']),
  repetition: count,
  phase: z.enum(phases),
  tokens: count,
  /** Positions already in the KV cache when the clock starts. */
  depth: count,
  startNs: ns,
  durationNs: ns,
});
export type KernelRecord = z.infer<typeof kernelSchema>;

export const records = {
  name: 'kernel',
  schemas: [kernelSchema],
  spans: ['kernel'],
} as const;
