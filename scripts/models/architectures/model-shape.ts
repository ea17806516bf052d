/** The numbers that fix a model's architecture: enough to write a file that an engine loads as that very model. */
import { z } from 'zod';

const count = z.int().positive();
/** Zero where there is none of it: a state-space model has no heads and no feed-forward part. */
const countOrNone = z.int().nonnegative();

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

const expertsSchema = z
  .strictObject({
    count,
    /** Experts that a token goes through. */
    used: count,
    /** Width of one expert. */
    feedForward: count,
    /** Width of the expert that every token goes through, with a gate of its own. */
    sharedFeedForward: count.optional(),
  })
  .refine(({ used, count: all }) => used <= all, { error: 'uses more experts than there are' });

const stateSpaceSchema = z.strictObject({
  /** Positions that the convolution sees. */
  convolution: count,
  /** Channels of the state: twice the width in all that llama.cpp runs. */
  inner: count,
  /** Numbers kept for each channel. */
  state: count,
  timeStepRank: count,
});

export const modelShapeSchema = z.strictObject({
  layers: count,
  /** Width of the residual stream. */
  embedding: count,
  /** Width of the feed-forward part; of a mixture of experts, what its `config.json` calls so, used or not. */
  feedForward: countOrNone,
  heads: countOrNone,
  keyValueHeads: countOrNone,
  headDimension: countOrNone,
  vocabulary: count,
  contextLength: count,
  normEpsilon: z.number().positive(),
  /** Null: learned position embeddings instead of rotation, or none at all. */
  ropeBase: z.number().positive().nullable(),
  ropeScaling: ropeScalingSchema.optional(),
  /** Dimensions of a head that are rotated; absent: all. */
  rotaryDimension: count.optional(),
  /** The output matrix is the token embedding, or there is none, as in an encoder. */
  tiedEmbeddings: z.boolean(),
  /** Biases on queries, keys and values; where everything has one, this needs no saying. */
  attentionBias: z.boolean().optional(),
  /** Positions that a local layer sees, and the rotation base of local layers where it differs. */
  slidingWindow: z.strictObject({ positions: count, ropeBase: z.number().positive().optional() }).optional(),
  /** Gemma 2: logits are capped with tanh. */
  softCaps: z.strictObject({ attention: z.number().positive(), output: z.number().positive() }).optional(),
  /** Falcon 40B and 180B: attention and feed-forward part have a norm each. */
  separateNorms: z.boolean().optional(),
  /** GPT-NeoX: attention and feed-forward part are computed beside each other; absent: they are. */
  parallelResidual: z.boolean().optional(),
  /** The feed-forward part is a choice among experts. */
  experts: expertsSchema.optional(),
  stateSpace: stateSpaceSchema.optional(),
  /** For an encoder: kinds of text that it distinguishes, and how an embedding is made of its positions. */
  encoder: z.strictObject({ tokenTypes: count, pooling: z.enum(['mean', 'cls', 'last']) }).optional(),
});
export type ModelShape = z.infer<typeof modelShapeSchema>;

/** @returns one factor for each pair of rotated dimensions; empty when the model has none */
export function ropeFactors(shape: ModelShape, tensorName: string): Float32Array {
  const count = (shape.rotaryDimension ?? shape.headDimension) / 2;
  const scaling = shape.ropeScaling;
  if (scaling?.type === 'llama3') return llama3Factors(shape.headDimension, shape.ropeBase ?? 10_000, scaling);
  // The trained factors of LongRoPE are the result of a search and not part of a shape. They do not affect speed, so the
  // long ones rise evenly to the stretch of the context, and the short ones are 1.
  if (scaling?.type === 'longrope') {
    const stretch = tensorName.includes('long') ? shape.contextLength / scaling.originalContextLength : 1;
    return Float32Array.from({ length: count }, (_, i) => 1 + ((stretch - 1) * i) / Math.max(1, count - 1));
  }
  return new Float32Array();
}

export type Llama3Scaling = Omit<Extract<ModelShape['ropeScaling'], { type: 'llama3' }>, 'type'>;

/**
 * Llama 3.1 and later: wavelengths shorter than the original context / highFrequencyFactor stay, those longer than
 * context / lowFrequencyFactor are stretched by the whole factor, those between are blended.
 * Formula: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
 */
export function llama3Factors(headDimension: number, ropeBase: number, scaling: Llama3Scaling): Float32Array {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const count = headDimension / 2;
  return Float32Array.from({ length: count }, (_, i) => {
    const wavelength = 2 * Math.PI * ropeBase ** (i / count);
    if (wavelength < originalContextLength / high) return 1;
    if (wavelength > originalContextLength / low) return factor;
    const blend = (originalContextLength / wavelength - low) / (high - low);
    return 1 / ((1 - blend) / factor + blend);
  });
}
