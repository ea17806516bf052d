/**
 * What a perplexity run writes into the raw log: the text, what it is compared with, a line for each chunk the moment it is
 * scored, and the figures over all of them. Log-likelihoods and divergences are in nats.
 */
import { z } from 'zod';
import { count, ns, referenceFields } from '../../log/record-fields.ts';

const textSchema = z.object({
  type: z.literal('text'),
  /** Name and sha256 of the file. */
  file: z.string(),
  sha256: z.string(),
  /** Of the whole text, BOS not counted. */
  tokens: count,
  /** sha256 over these ids as little-endian int32. */
  tokensSha256: z.string(),
  chunkTokens: z.int().positive(),
  /** To be scored; what is left over at the end of the text is not. */
  chunks: z.int().positive(),
  /** Tokens of each chunk whose probability counts: those behind its middle. */
  scoredPerChunk: z.int().positive(),
  /** Id that stands in place of each chunk's first token; null where the tokenizer adds none. */
  bos: z.int().nullable(),
});
export type TextRecord = z.infer<typeof textSchema>;

/** Whose probabilities the divergence is measured from; absent where a text is scored and nothing compared. */
const likelihoodReferenceSchema = z.object({ type: z.literal('likelihood_reference'), ...referenceFields });
export type LikelihoodReferenceRecord = z.infer<typeof likelihoodReferenceSchema>;

/** Sum and sum of squares over the scored tokens. */
const sumsSchema = z.object({ sum: z.number(), squares: z.number() });

const chunkSchema = z.object({
  type: z.literal('likelihood_chunk'),
  chunk: count,
  startNs: ns,
  /** Evaluated and scored. */
  endNs: ns,
  tokens: z.int().positive(),
  /** Negative log-likelihoods. */
  nll: sumsSchema,
  /** Over this chunk and those before it. */
  perplexity: z.number(),
  /** How many times the right token was the most probable. */
  topHits: count,
  /** Against the reference; null where there is none. */
  divergence: z
    .object({
      /** Of the reference: as it computed them, and as they were stored. */
      referenceNll: sumsSchema,
      storedNll: sumsSchema,
      /** Σ of products of both sides' negative log-likelihoods. */
      products: z.number(),
      storedProducts: z.number(),
      kl: sumsSchema,
      klMin: z.number(),
      klMax: z.number(),
      shift: sumsSchema,
      /** Σ of fourth powers: for the error of the mean square. */
      shiftFourths: z.number(),
      sameTop: count,
    })
    .nullable(),
});
export type LikelihoodChunkRecord = z.infer<typeof chunkSchema>;

const estimateSchema = z.object({ value: z.number(), error: z.number().nullable() });
const percentilesSchema = z.record(z.string(), z.number().nullable());

/** Behind the last chunk. Percentiles by their number, such as '99.9'; null where too few tokens lie beyond. */
const perplexitySchema = z.object({
  type: z.literal('perplexity'),
  chunks: z.int().positive(),
  /** Scored. */
  tokens: z.int().positive(),
  /** Chunks times their length, and how long they took. */
  evaluatedTokens: z.int().positive(),
  durationNs: ns,
  /** How the rows came: all logits, or only what a text's likelihood needs of them. */
  from: z.enum(['logits', 'likelihoods']),
  perplexity: estimateSchema,
  /** Share of tokens that were the most probable. */
  topHits: estimateSchema,
  divergence: z
    .object({
      referencePerplexity: estimateSchema,
      lnRatio: estimateSchema,
      ratio: estimateSchema,
      difference: estimateSchema,
      /** Of both sides' log-likelihoods. */
      correlation: z.number(),
      /** The same from the reference as it was stored, which is what llama-perplexity shows. */
      stored: z.object({
        referencePerplexity: estimateSchema,
        lnRatio: estimateSchema,
        ratio: estimateSchema,
        difference: estimateSchema,
        correlation: z.number(),
      }),
      kl: estimateSchema,
      klMin: z.number(),
      klMedian: z.number(),
      klMax: z.number(),
      klPercentiles: percentilesSchema,
      shift: estimateSchema,
      shiftRms: estimateSchema,
      shiftMin: z.number(),
      shiftMedian: z.number(),
      shiftMax: z.number(),
      shiftPercentiles: percentilesSchema,
      sameTop: estimateSchema,
    })
    .nullable(),
});
export type PerplexityRecord = z.infer<typeof perplexitySchema>;

export const records = {
  name: 'perplexity',
  script: 'scripts/perplexity.ts',
  schemas: [textSchema, likelihoodReferenceSchema, chunkSchema, perplexitySchema],
  spans: [],
} as const;
