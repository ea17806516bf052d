/**
 * What a token costs a known model, format by format, from its shape alone: `models.ts costs --json` writes it, and predictions
 * of models that nobody has measured read it.
 */
import { z } from 'zod';

const count = z.int().nonnegative();

/**
 * Which weights they are: those of the layers, the matrix that makes the logits, or tables of which a token reads one row. A
 * tied embedding is the output matrix.
 */
const weightParts = ['layers', 'output', 'table'] as const;

const weightsSchema = z.strictObject({
  part: z.enum(weightParts),
  /** Format of the tensors: f32, q4_0, q6_k, ... A format of a whole model may mix several. */
  format: z.string(),
  parameters: count,
  bytes: count,
  /** Those that one token is multiplied with: experts by their share, none of a table. */
  activeParameters: count,
  activeBytes: count,
});
export type CostOfWeights = z.infer<typeof weightsSchema>;

const modelCostSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  size: z.string(),
  algorithm: z.string(),
  layers: count,
  /** Width of the residual stream. */
  embedding: count,
  vocabulary: count,
  parameters: count,
  activeParameters: count,
  /** Keys and values of one position, all layers together. */
  kvElementsPerPosition: count,
  /** True: it gives embeddings, and no next token. */
  encoder: z.boolean(),
  formats: z.array(z.strictObject({ quantize: z.string(), weights: z.array(weightsSchema) })),
});
export type ModelCost = z.infer<typeof modelCostSchema>;

export const modelCostsSchema = z.strictObject({ models: z.array(modelCostSchema) });
