/** configs/defaults.json, checked: every default of the command line, in one file that a person can read. */
import { z } from 'zod';
import defaultsFile from '../../configs/defaults.json' with { type: 'json' };

/** Number formats to which weights can be converted at load. */
export const precisions = ['float32', 'bfloat16', 'float16', 'int8', 'nf4', 'int4', 'native'] as const;
export type Precision = (typeof precisions)[number];
/** How a model is split over devices: layers (pipeline) or heads (tensor parallel). */
export const shardAxes = ['layers', 'heads'] as const;
export type ShardAxis = (typeof shardAxes)[number];
/** Workloads that a run is asked for by name. */
export const namedWorkloads = ['qa', 'kernel', 'embedding'] as const;
export type NamedWorkload = (typeof namedWorkloads)[number];

const positive = z.int().positive();
export const defaults = z
  .object({
    seed: z.int(),
    quantize: z.string(),
    iterations: positive,
    maxTokens: positive,
    temperature: z.number().nonnegative(),
    contextTokens: positive,
    batchTokens: positive,
    flashAttention: z.enum(['auto', 'on', 'off']),
    kvType: z.string(),
    precision: z.enum(['auto', ...precisions]),
    deviceCount: positive,
    shard: z.enum(shardAxes),
    device: z.string(),
    gpuLayers: z.enum(['auto', 'max']),
    /** Folder of results. */
    output: z.string(),
    /** Measured decoding of a run, at least. */
    minSeconds: z.number().nonnegative(),
    timeoutSeconds: positive,
    kernel: z.object({ nPrompt: positive, nGen: positive, depth: z.int().nonnegative(), repetitions: positive }),
    embedding: z.object({ batchTexts: positive }),
    load: z.object({
      seconds: positive,
      requestTimeoutSeconds: positive,
      warmUpRequests: z.int().nonnegative(),
    }),
    accuracy: z.object({
      /** Most items of a task. */
      items: positive,
    }),
    comparison: z.object({ effect: z.number().positive(), noise: z.number().positive(), untilMinutes: positive }),
    parity: z.object({
      /** <framework>:<format>, or `same` for the format of the run that is compared with it. */
      reference: z.string(),
      /** Synthetic weights of two formats have different values: only the same file can be compared with them. */
      syntheticReference: z.string(),
      /** For models other than the embedded one, which is asked every question up to `maxTokens`. */
      questions: positive,
      maxTokens: positive,
    }),
    /** Tokens of a chunk, as llama-perplexity has them. */
    perplexity: z.object({ chunkTokens: positive }),
    start: z.object({
      /** Time for the whole pipeline. */
      budgetSeconds: positive,
      /** The part of it for collating and drawing. */
      reportSeconds: positive,
      /** A framework whose run takes a larger part of it than this is not run again. */
      longestRunShare: z.number().positive(),
      /** The comparison that shows whether everything works, as options of benchmark.ts. */
      answers: z.object({
        size: z.string(),
        quantize: z.string(),
        iterations: positive,
        /** One: a model that fits in a cache spends more time on waking a second thread than it saves. */
        threads: positive,
        maxTokens: positive,
        warmUp: z.int().nonnegative(),
        minSeconds: z.number().nonnegative(),
        parity: z.boolean(),
      }),
      /** The comparison that measures speed, likewise; on all cores. */
      speed: z.object({
        size: z.string(),
        synthetic: z.boolean(),
        quantize: z.string(),
        questions: z.string(),
        maxTokens: positive,
        /** After the first answer of a process, which is cold. */
        warmUp: z.int().nonnegative(),
        ignoreEndOfSequence: z.boolean(),
        parityQuestions: positive,
      }),
    }),
  })
  .parse(defaultsFile);
