/** Where the time of a model's evaluations goes, operator by operator, from engines that can time them. */
import { z } from 'zod';
import { count, name, ns } from '../record-fields.ts';

const positive = z.int().positive();

/** The mean of some evaluations of the model, taken after everything that is measured. */
export const phaseProfileSchema = z.object({
  phase: z.enum(['prefill', 'decode']),
  /** Tokens that are evaluated together. */
  tokens: positive,
  /** Evaluations of which the figures are means. */
  evaluations: positive,
  /** One evaluation, from the call to its return, while the operators are timed. */
  evaluationNs: ns.nonnegative(),
  operators: z.array(
    z.object({
      /** Absent for what belongs to no layer: embedding, last norm, output. */
      layer: count.exactOptional(),
      /** Its name in the model: 'attn_q', 'ffn_norm', 'output'. */
      operator: name,
      /** What the engine calls such an operator. */
      kind: name,
      /** The kernel that ran, where the engine names it. */
      kernel: name.exactOptional(),
      /** Of one evaluation. */
      ns: ns.nonnegative(),
    }),
  ),
});
export type PhaseProfile = z.infer<typeof phaseProfileSchema>;

export const operatorsSchema = phaseProfileSchema.extend({ type: z.literal('operators'), atNs: ns });
export type OperatorsRecord = z.infer<typeof operatorsSchema>;
