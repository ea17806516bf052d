/** The numbers that fix a decoder's architecture: enough to write a file that an engine loads as that very model. */
import { z } from 'zod';

const count = z.int().positive();

/** How positions beyond the original context are squeezed; each kind is described where it is written. */
const ropeScalingSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('llama3'),
    factor: z.number().positive(),
    lowFrequencyFactor: z.number().positive(),
    highFrequencyFactor: z.number().positive(),
    originalContextLength: count,
  }),
  z.strictObject({ type: z.literal('longrope'), originalContextLength: count }),
  z.strictObject({ type: z.literal('linear'), factor: z.number().positive() }),
]);

export const modelShapeSchema = z.strictObject({
  layers: count,
  /** Width of the residual stream. */
  embedding: count,
  feedForward: count,
  heads: count,
  keyValueHeads: count,
  headDimension: count,
  vocabulary: count,
  contextLength: count,
  normEpsilon: z.number().positive(),
  /** Null: learned position embeddings instead of rotation. */
  ropeBase: z.number().positive().nullable(),
  ropeScaling: ropeScalingSchema.optional(),
  /** The output matrix is the token embedding. */
  tiedEmbeddings: z.boolean(),
  /** Biases on queries, keys and values; GPT-2, where everything has one, needs no saying. */
  attentionBias: z.boolean().optional(),
  /** Positions that a local layer sees, and the rotation base of local layers where it differs. */
  slidingWindow: z.strictObject({ positions: count, ropeBase: z.number().positive().optional() }).optional(),
  /** Gemma 2: logits are capped with tanh. */
  softCaps: z.strictObject({ attention: z.number().positive(), output: z.number().positive() }).optional(),
});
export type ModelShape = z.infer<typeof modelShapeSchema>;
