/**
 * What harness and engine say to each other, whatever carries it: messages of a Node child, JSON Lines of a Python child,
 * calls into a page. Every request has an id and gets exactly one reply or error; events may come in between.
 * Instants are nanoseconds since the run's origin (see clock.ts).
 */

import { z } from 'zod';
import { ceilingQuantities } from '../frameworks/framework.ts';
import { engineSettingsSchema, frameworkSettingsSchema } from '../settings/settings.ts';
import { failureKinds } from '../workloads/load/records.ts';

const ns = z.number();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const messageOfChatSchema = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

const generateRequestSchema = z.object({
  prompt: z.array(z.int()),
  messages: z.array(messageOfChatSchema).exactOptional(),
  maxTokens: z.int().positive(),
  temperature: z.number(),
  topP: z.number().min(0).max(1).exactOptional(),
  seed: z.int(),
  ignoreEndOfSequence: z.boolean(),
  reusePrefix: z.boolean(),
  /** Chat: send each token at once. Benchmarks keep their stamps until the answer is complete. */
  stream: z.boolean(),
});
export type GenerateRequest = z.infer<typeof generateRequestSchema>;

const kernelRequestSchema = z.object({
  test: z.enum(['pp', 'tg']),
  tokens: z.int().positive(),
  depth: z.int().nonnegative(),
  seed: z.int(),
});

const scoreRequestSchema = z.object({ tokens: z.array(z.int()), from: z.int().positive(), path: z.string() });

const likelihoodRequestSchema = z.object({ tokens: z.array(z.int()), from: z.int().positive() });

/** Many requests at a time, for engines that take them. */
const trafficSchema = z.object({
  prompts: z.array(z.object({ prompt: z.array(z.int()), messages: z.array(messageOfChatSchema) })).min(1),
  arrivals: z.discriminatedUnion('kind', [
    /** At these offsets from the start, whatever became of the requests before. */
    z.object({ kind: z.literal('open'), offsetsNs: z.array(ns).min(1) }),
    /** Each client asks again when it has its answer. */
    z.object({ kind: z.literal('closed'), clients: z.int().positive() }),
  ]),
  /** No client asks again after this time; no request is sent beyond this number. */
  durationNs: ns,
  requests: z.int().positive(),
  requestTimeoutMs: z.int().positive(),
  maxTokens: z.int().positive(),
  temperature: z.number(),
  /** Of the first request; each one after it has the next. */
  seed: z.int(),
  ignoreEndOfSequence: z.boolean(),
  reusePrefix: z.boolean(),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const requestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    id: z.int(),
    module: z.string(),
    framework: z.string(),
    /** The run's origin on the clock that the host reads. */
    originNs: z.string(),
  }),
  z.object({ type: z.literal('probe'), id: z.int(), framework: frameworkSettingsSchema }),
  z.object({ type: z.literal('ceilings'), id: z.int(), device: z.string(), threads: z.int().positive() }),
  z.object({
    type: z.literal('load'),
    id: z.int(),
    modelPath: z.string(),
    settings: engineSettingsSchema,
    /** For engines without a tokenizer: the ids that end a generation. */
    endOfSequence: z.array(z.int()),
  }),
  z.object({ type: z.literal('vocabulary'), id: z.int(), modelPath: z.string() }),
  z.object({ type: z.literal('tokenize'), id: z.int(), text: z.string(), plain: z.boolean().exactOptional() }),
  z.object({ type: z.literal('detokenize'), id: z.int(), tokens: z.array(z.int()) }),
  z.object({ type: z.literal('generate'), id: z.int(), request: generateRequestSchema }),
  z.object({ type: z.literal('traffic'), id: z.int(), traffic: trafficSchema }),
  /** Of one `generate` by its id; without it of all that runs. */
  z.object({ type: z.literal('cancel'), id: z.int(), request: z.int().exactOptional() }),
  z.object({ type: z.literal('kernel'), id: z.int(), request: kernelRequestSchema }),
  z.object({ type: z.literal('score'), id: z.int(), request: scoreRequestSchema }),
  z.object({ type: z.literal('likelihoods'), id: z.int(), request: likelihoodRequestSchema }),
  z.object({ type: z.literal('embed'), id: z.int(), texts: z.array(z.string()).min(1) }),
  z.object({ type: z.literal('memory'), id: z.int() }),
  z.object({ type: z.literal('statistics'), id: z.int() }),
  z.object({ type: z.literal('close'), id: z.int() }),
]);
export type EngineRequest = z.infer<typeof requestSchema>;

export const availabilitySchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('available'),
    version: z.string(),
    devices: z.array(z.object({ kind: z.string(), name: z.string(), software: z.boolean().exactOptional() })),
    quantizations: z.array(z.string()).exactOptional(),
    architectures: z.array(z.string()).exactOptional(),
  }),
  z.object({ status: z.literal('missing'), reason: z.string(), remedy: z.string() }),
]);

/** None from a framework that cannot run single operators. */
export const ceilingsSchema = z.array(
  z.object({
    quantity: z.enum(ceilingQuantities),
    rates: z.array(z.number()).min(1),
    method: z.string(),
    workingSetBytes: z.int().positive().optional(),
  }),
);

export const loadedSchema = z.object({
  device: z.string(),
  deviceName: z.string(),
  comparable: z.boolean(),
  settings: z.record(z.string(), scalar),
  build: z.record(z.string(), scalar),
  kvBytesPerPosition: z.number(),
  stateBytes: z.number().optional(),
  weights: z.object({ format: z.string(), bitsPerWeight: z.number(), bytesPerToken: z.number() }).optional(),
  notes: z.array(z.object({ code: z.string(), message: z.string() })),
  /** Whether this model can do the kernel workload. */
  kernel: z.boolean(),
  /** Whether it can show teacher-forced logits. */
  score: z.boolean(),
  /** Whether it can tell likelihoods without them. */
  likelihoods: z.boolean(),
  /** Whether it embeds texts; only a model that was loaded for that does. */
  embed: z.boolean().default(false),
});
export type Loaded = z.infer<typeof loadedSchema>;

const servedSchema = z.object({
  asked: z.enum(['ids', 'messages']),
  promptTokens: z.int().nullable(),
  tokens: z.int().nullable(),
  ids: z.array(z.int()).nullable(),
});

const generationFields = z.object({
  submitNs: ns,
  promptEvaluatedNs: ns.nullable(),
  ids: z.array(z.int()),
  /** Absent where the engine has no tokenizer. */
  pieces: z.array(z.string()).optional(),
  atNs: z.array(ns),
  /** Of each token, how long its work took to be handed to the device; only engines that enqueue know it. */
  enqueueNs: z.array(ns).optional(),
  cachedPromptTokens: z.int(),
  stop: z.enum(['length', 'end', 'cancelled']),
  /** From engines that hand over text, in place of ids; `atNs` are the instants of these pieces. */
  texts: z.array(z.string()).exactOptional(),
  served: servedSchema.exactOptional(),
});
/** What has no instant is in no figure, so it is no part of an answer. */
export const generationSchema = generationFields
  .refine(({ ids, texts, atNs }) => (texts ?? ids).length === atNs.length, 'as many instants as tokens are needed')
  .refine(({ ids, pieces }) => pieces === undefined || pieces.length === ids.length, 'every token needs its text');
export type HostGeneration = z.infer<typeof generationSchema>;
/** With the text of every token, whoever made it. */
export type Generation = HostGeneration & { pieces: string[] };

const trafficRequestSchema = z.object({
  /** In order of sending; the prompt is that of the index, round and round. */
  index: z.int().nonnegative(),
  /** When it should have been sent, and when it was. */
  scheduledNs: ns,
  sentNs: ns,
  /** The first bytes of an answer, whatever they say; null when none came. */
  firstByteNs: ns.nullable(),
  /** Arrivals of pieces of text, and how long each piece is. */
  textsAtNs: z.array(ns),
  textLengths: z.array(z.int().nonnegative()),
  endNs: ns,
  text: z.string(),
  stop: z.enum(['length', 'end', 'cancelled']).nullable(),
  cachedPromptTokens: z.int(),
  served: servedSchema.nullable(),
  failure: z.object({ kind: z.enum(failureKinds), status: z.int().nullable(), message: z.string() }).nullable(),
});
export type TrafficRequest = z.infer<typeof trafficRequestSchema>;

export const trafficResultSchema = z.object({ startNs: ns, endNs: ns, requests: z.array(trafficRequestSchema) });
export type TrafficResult = z.infer<typeof trafficResultSchema>;

/** A started host tells its clock, so that the harness can see that both read the same. */
export const startedSchema = z.object({ nowNs: ns });
export const vocabularySchema = z.object({ version: z.string(), endOfSequence: z.array(z.int()) });
export const detokenizedSchema = z.object({ pieces: z.array(z.string()) });
export const scoredSchema = z.object({ rows: z.int().nonnegative(), columns: z.int().nonnegative() });
export const likelihoodsSchema = z.object({
  logProbabilities: z.array(z.number()),
  mostProbable: z.array(z.int()),
});
export const statisticsSchema = z.record(z.string(), scalar);
export const tokenizedSchema = z.object({ ids: z.array(z.int()), durationNs: ns });
export const kernelResultSchema = z.object({ startNs: ns, durationNs: ns });
export const embeddedSchema = z.object({
  startNs: ns,
  /** When all texts were tokens. */
  submitNs: ns,
  endNs: ns,
  /** Of each text. */
  tokens: z.array(z.int()),
  /** JSON has no word for what is no number, and says null. */
  vectors: z.array(
    z.array(
      z
        .number()
        .nullable()
        .transform((value) => value ?? Number.NaN),
    ),
  ),
});
export type EmbeddedTexts = z.infer<typeof embeddedSchema>;
export const engineMemorySchema = z.object({
  deviceBytes: z.number().exactOptional(),
  weightsBytes: z.number().exactOptional(),
  contextBytes: z.number().exactOptional(),
  maxResidentBytes: z.number().exactOptional(),
});
export const emptySchema = z.object({});

const spanNames = ['framework_import', 'tokenizer_load', 'model_load', 'jit_compilation'] as const;

export const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.int(), result: z.unknown() }),
  z.object({
    type: z.literal('error'),
    id: z.int(),
    message: z.string(),
    remedy: z.string().optional(),
    exitCode: z.int().optional(),
  }),
  z.object({ type: z.literal('checkpoint'), name: z.enum(spanNames), edge: z.enum(['start', 'end']), atNs: ns }),
  z.object({ type: z.literal('progress'), fraction: z.number() }),
  /** Text of the answer to the `generate` of that id. */
  z.object({ type: z.literal('piece'), request: z.int(), text: z.string() }),
  /** From engines without a tokenizer, in place of pieces. */
  z.object({ type: z.literal('tokens'), request: z.int(), ids: z.array(z.int()) }),
]);
export type EngineMessage = z.infer<typeof messageSchema>;
