/**
 * The raw run log: JSON Lines, one run a file, append-only. This file is the one definition of it: the writer, collate/,
 * the tests and docs/run-log.md all go by it.
 *
 * Instants (`atNs`, `startNs`, ...) are nanoseconds of the monotonic clock since the run's origin, which the header ties
 * to a wall-clock time. They are integers below 2^53.
 */

import { z } from 'zod';
import { fileNamePart } from '../command-line/file-names.ts';
import { loggedTextLimits } from '../command-line/input-limits.ts';
import { hostSchema } from '../machine/host-record.ts';
import { modelRecordSchema } from '../models/model-record.ts';
import { frameworkSettingsSchema } from '../settings/settings.ts';
import { accuracyRecordSchemas } from './records/accuracy-records.ts';
import { certificateSchema, conditionsSchema } from './records/certificate-records.ts';
import { likelihoodRecordSchemas } from './records/likelihood-records.ts';
import { loadRecordSchemas } from './records/load-records.ts';
import { poolRecordSchemas } from './records/pool-records.ts';
import { referenceFields } from './records/reference-fields.ts';

export const runLogSchemaVersion = 'tokenlap.run/1';

const ns = z.number();
const count = z.int().nonnegative();
const name = z.string().max(loggedTextLimits.name);
const path = z.string().max(loggedTextLimits.path);
const text = z.string().max(loggedTextLimits.text);
const scalar = z.union([text, z.number(), z.boolean(), z.null()]);

/** Settings by name: `threads`, `gpuLayers`, `contextTokens`, `batchTokens`, `flashAttention`, `kvType`, ... */
const settingsSchema = z.record(name, scalar);
export type Settings = z.infer<typeof settingsSchema>;

const workloads = ['qa', 'kernel', 'embedding', 'chat', 'parity', 'load', 'pool', 'accuracy', 'perplexity'] as const;

export const headerSchema = z.object({
  type: z.literal('header'),
  schema: z.literal(runLogSchemaVersion),
  uuid: z.uuid(),
  /** Wall clock, ISO 8601; the instant at which the monotonic origin was taken. */
  startedAt: z.iso.datetime(),
  tokenlap: name,
  command: z.array(text),
  /** The benchmark.ts session this run belongs to, its place in the interleaved order, and its iteration. */
  session: z
    .object({
      uuid: z.uuid(),
      order: count,
      iteration: count,
      /** Which try of this place it is, from 0: a run whose certificate failed may be repeated. */
      attempt: count.optional(),
      /** True for the second of two identical cells, which are there to measure the noise of the machine. */
      twin: z.boolean().optional(),
      /** What else was asked of the session, by the names of its options; absent in older logs. */
      options: settingsSchema.optional(),
    })
    .optional(),
  /** The cell of a sweep that this run is; docs/sweeps.md. */
  sweep: z
    .object({
      name,
      /** Hash of everything that decides the cell, its iteration included. */
      cell: name,
      iteration: count,
      /** Which try of this cell it is, from 0. */
      attempt: count,
    })
    .optional(),
  workload: z.enum(workloads),
  /** `settings`: what was given of the framework's own options, by name; absent where nothing was, and in older logs. */
  framework: z.object({ name, title: name, version: name, settings: frameworkSettingsSchema.optional() }),
  model: modelRecordSchema,
  requested: settingsSchema,
  seed: z.int(),
  /** `path` as typed; absent for the predefined ones, and in older logs. */
  questions: z.object({ file: path, path: path.optional(), sha256: z.string(), count }).optional(),
  host: hostSchema,
});
export type Header = z.infer<typeof headerSchema>;

/** Written once the model is loaded: read back from the engine, not repeated from the request. */
const effectiveSchema = z.object({
  type: z.literal('effective'),
  atNs: ns,
  /** Where it computes: 'cpu', 'cuda', 'metal', 'vulkan', 'webgpu', ... */
  device: name,
  deviceName: name,
  /** False for a software adapter or a silent fallback: not to be ranked against real devices. */
  comparable: z.boolean(),
  settings: settingsSchema,
  /** Facts about the build: compiled backend, CPU variant, libraries. */
  build: settingsSchema,
  kvBytesPerPosition: z.number(),
  /** Of the state that a recurrent model carries from token to token; absent where there is none. */
  stateBytes: z.number().optional(),
  /** How the weights lie in memory, where the framework has converted them at load. */
  weights: z
    .object({
      format: name,
      bitsPerWeight: z.number(),
      /** Bytes of weights that one decoded token reads. */
      bytesPerToken: z.number(),
    })
    .optional(),
});
export type Effective = z.infer<typeof effectiveSchema>;

const checkpointNames = [
  'engine_start',
  'framework_import',
  'tokenizer_load',
  'model_load',
  'jit_compilation',
  'warmup',
  'question',
  'kernel',
  'embedding',
] as const;
export type CheckpointName = (typeof checkpointNames)[number];

/** One edge of a span of the TimeLog. */
const checkpointSchema = z.object({
  type: z.literal('checkpoint'),
  name: z.enum(checkpointNames),
  edge: z.enum(['start', 'end']),
  atNs: ns,
  /** What it is about, where a name occurs more than once: the answer's index, the kernel test. */
  label: z.string().optional(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

const phases = ['cold', 'warmup', 'measured'] as const;
export type Phase = (typeof phases)[number];

const tokenSchema = z.object({
  type: z.literal('token'),
  answer: count,
  /** 0 for the first generated token. */
  step: count,
  id: z.int(),
  text: z.string(),
  /** The instant at which the token existed in the engine. */
  atNs: ns,
  /** How long the step's work took to be handed to the device; only engines that enqueue asynchronously know it. */
  enqueueNs: ns.optional(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

const stopReasons = ['length', 'end', 'cancelled'] as const;

const answerSchema = z.object({
  type: z.literal('answer'),
  answer: count,
  phase: z.enum(phases),
  /** Round of the question list within this run. */
  round: count,
  questionId: z.string(),
  question: z.string(),
  expected: z.string().nullable(),
  text: z.string(),
  /** Null where there is nothing to compare with. */
  correct: z.boolean().nullable(),
  promptTokens: count,
  /** Prompt tokens whose keys and values were still cached from before. */
  cachedPromptTokens: count,
  /** sha256 over the prompt's token ids as little-endian int32. */
  promptTokensSha256: z.string(),
  templateNs: ns,
  tokenizeNs: ns,
  /** t0: submission minus template and tokenisation, so that both belong to TTFT in every framework. */
  startNs: ns,
  submitNs: ns,
  /** The prompt is evaluated; absent where the engine does not show it. */
  promptEvaluatedNs: ns.optional(),
  /** t1 and tn; absent when nothing was generated. */
  firstTokenNs: ns.optional(),
  lastTokenNs: ns.optional(),
  /** n: generated tokens, the end-of-sequence token not counted. */
  tokens: count,
  /** m and k: distinct instants at which they came, and how many came with the first; see arrivals.ts. */
  arrivals: count.optional(),
  firstArrivalTokens: count.optional(),
  stop: z.enum(stopReasons),
  /** From a server: in how many pieces the text came, and the tokens as the server counts them, where it does. */
  served: z.object({ chunks: count, promptTokens: count.nullable(), tokens: count.nullable() }).optional(),
});
export type AnswerRecord = z.infer<typeof answerSchema>;

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

/** One batch of texts, each made a vector. */
const embeddingSchema = z.object({
  type: z.literal('embedding'),
  batch: count,
  phase: z.enum(phases),
  /** Round of the list of texts within this run. */
  round: count,
  texts: count,
  /** Of all texts, with what the tokenizer puts around each. */
  tokens: count,
  /** Numbers of a vector. */
  dimensions: count,
  /** The texts enter the framework, all are tokens, the last vector is there. */
  startNs: ns,
  submitNs: ns,
  endNs: ns,
});
export type EmbeddingRecord = z.infer<typeof embeddingSchema>;

const warmUpEnds = ['quiet', 'cap', 'fixed'] as const;

/** How the engine was warmed up, the cold answer not counted. Absent in logs of before. */
const warmUpSchema = z.object({
  type: z.literal('warm_up'),
  /** What was warmed up, where that was done apart: the kernel test. */
  label: z.string().optional(),
  /** `quiet`: no trend was left. `cap`: it took too long. `fixed`: as many as were asked for. */
  ended: z.enum(warmUpEnds),
  /** Change of the time per token over the last while that was looked at; null where it told nothing. */
  change: z.number().nullable(),
  /** Answers, repetitions or batches. */
  tries: count,
  /** Decoded tokens, the first of each answer not counted; of texts and prompts all. */
  tokens: count,
  /** Time that these took. */
  workNs: ns,
  /** From the first to the last, prompts included. */
  durationNs: ns,
});
export type WarmUpRecord = z.infer<typeof warmUpSchema>;

/** What this run's greedy answers are held against; only in logs of the parity workload. */
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

/**
 * Readings: the engine process is up (baseline), has imported its framework, loaded the model, is warm, has ended its work; and
 * samples between them. Peaks: of the import, of the load, of all that came after it, and of load and inference together.
 */
const memoryMoments = [
  ...(['baseline', 'framework', 'loaded', 'warm', 'end', 'sample'] as const),
  ...(['import_peak', 'load_peak', 'inference_peak', 'peak'] as const),
] as const;

const memorySchema = z.object({
  type: z.literal('memory'),
  moment: z.enum(memoryMoments),
  atNs: ns,
  /** Resident bytes of the engine's process tree. */
  residentBytes: count,
  /** Of a peak that is known between two bounds only, the upper one; absent where no high-water mark was read. */
  atMostBytes: count.optional(),
  /** Resident bytes that lie in no file, where the system tells it. */
  anonymousBytes: count.optional(),
  /** Resident bytes of the process that lends the engine its tokenizer, where there is one. */
  tokenizerBytes: count.optional(),
  /** Proportional set size, where the system tells it. */
  proportionalBytes: count.optional(),
  /** Pages that no other process has, where the system tells it. */
  uniqueBytes: count.optional(),
  /** The framework's own figures: weights, KV cache and buffers on the device. */
  deviceBytes: count.optional(),
  weightsBytes: count.optional(),
  contextBytes: count.optional(),
  /** Absent in samples, which the meter of the others read. */
  meter: z.string().optional(),
});
export type MemoryRecord = z.infer<typeof memorySchema>;

/** Counters of the engine's own: kernels compiled, bytes shared and copied, fallbacks. */
const statisticsSchema = z.object({
  type: z.literal('statistics'),
  moment: z.enum(['loaded', 'end']),
  atNs: ns,
  values: settingsSchema,
});
export type StatisticsRecord = z.infer<typeof statisticsSchema>;

const warningSchema = z.object({
  type: z.literal('warning'),
  code: z.string(),
  message: z.string(),
});
export type WarningRecord = z.infer<typeof warningSchema>;

/** What the person in chat thought of an answer. */
const feedbackSchema = z.object({
  type: z.literal('feedback'),
  answer: count,
  rating: z.enum(['good', 'bad', 'none']),
  comment: z.string(),
});
export type FeedbackRecord = z.infer<typeof feedbackSchema>;

export const endSchema = z.object({
  type: z.literal('end'),
  /** `missing`: the framework is not there; the error says how to get it. */
  status: z.enum(['completed', 'failed', 'interrupted', 'missing']),
  atNs: ns,
  endedAt: z.iso.datetime(),
  /** CRC-32 of all bytes before this line, line breaks as they are written; absent in older logs. */
  crc32: count.optional(),
  error: z.object({ message: text, remedy: text.optional(), stderrTail: text.optional() }).optional(),
});
export type EndRecord = z.infer<typeof endSchema>;

export const recordSchema = z.discriminatedUnion('type', [
  headerSchema,
  effectiveSchema,
  checkpointSchema,
  tokenSchema,
  answerSchema,
  kernelSchema,
  embeddingSchema,
  warmUpSchema,
  parityReferenceSchema,
  paritySchema,
  parityVerdictSchema,
  ...loadRecordSchemas,
  ...poolRecordSchemas,
  ...accuracyRecordSchemas,
  ...likelihoodRecordSchemas,
  memorySchema,
  statisticsSchema,
  conditionsSchema,
  certificateSchema,
  warningSchema,
  feedbackSchema,
  endSchema,
]);
export type RunRecord = z.infer<typeof recordSchema>;

/** What became of a run, as runs.csv says it. `killed`: the log has no closing line. */
export const runStatuses = ['completed', 'failed', 'interrupted', 'missing', 'killed'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** `<hostname>_<size>_<quantize>_seed<seed>_uuid<uuid>.txt`, with nothing in it that a file system dislikes. */
export function runLogFileName(run: {
  hostname: string;
  size: string;
  quantize: string;
  seed: number;
  uuid: string;
}): string {
  const [hostname, size, quantize] = [run.hostname, run.size, run.quantize].map(fileNamePart);
  return `${hostname}_${size}_${quantize}_seed${run.seed}_uuid${run.uuid}.txt`;
}
