/**
 * The messages between harness and engine, on any carrier: messages of a Node child, JSON Lines of a Python child,
 * calls into a page. Every request has an id and gets exactly one reply or error; events may come in between.
 * Instants are nanoseconds since the run's origin (see scripts/engine/clock.ts).
 *
 * The contract in framework.ts derives its types from these schemas; test/scripts/engine/python-contract.test.ts compares
 * them with scripts/engine/python/contract.py.
 */
import { z } from 'zod';
import { phaseProfileSchema } from '../log/records/operator-records.ts';
import type { ChatMessage } from '../models/chat-template/chat-template.ts';
import { engineSettingsSchema, frameworkSettingsSchema } from '../settings/settings.ts';
import { failureKinds } from '../workloads/load/records.ts';

const ns = z.number();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const messageOfChatSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
}) satisfies z.ZodType<ChatMessage>;

/** How the tokens of an answer are chosen, and when it ends. */
const samplingSchema = z.object({
  maxTokens: z.int().positive(),
  /** 0 is greedy. */
  temperature: z.number(),
  /** Draws only from the most probable tokens, as few as together have this probability; 1 or absent: from all. */
  topP: z.number().min(0).max(1).exactOptional(),
  seed: z.int(),
  /** Goes on to `maxTokens` even when the model ends its answer. */
  ignoreEndOfSequence: z.boolean(),
  /** Keeps the keys and values of the common prefix with the previous prompt (chat); benchmarks start cold. */
  reusePrefix: z.boolean(),
});
export type Sampling = z.infer<typeof samplingSchema>;

export const generateRequestSchema = samplingSchema.extend({
  prompt: z.array(z.int()),
  /** The conversation from which the prompt was made, for servers that do not accept token ids. */
  messages: z.array(messageOfChatSchema).readonly().exactOptional(),
  /** Chat: send each token at once. Benchmarks keep their stamps until the answer is complete. */
  stream: z.boolean(),
});
export type GenerateRequest = z.infer<typeof generateRequestSchema>;

export const kernelTestSchema = z.object({
  test: z.enum(['pp', 'tg']),
  /** Prompt tokens of pp, generated tokens of tg. */
  tokens: z.int().positive(),
  /** Positions filled before the clock starts. */
  depth: z.int().nonnegative(),
  seed: z.int(),
});

export const profileRequestSchema = z.object({
  promptTokens: z.int().positive(),
  /** Tokens that are generated one by one after the prompt, at least 1. */
  tokens: z.int().positive(),
  seed: z.int(),
});

const givenTextSchema = z.object({
  tokens: z.array(z.int()).readonly(),
  /** Index of the first token to be predicted, at least 1. */
  from: z.int().positive(),
});

export const likelihoodRequestSchema = givenTextSchema.extend({
  /** How many of the most probable tokens are reported for each position; absent: the first one, without its probability. */
  top: z.int().positive().exactOptional(),
});

/** Row i holds the logits from which token `from + i` is chosen. */
export const scoreRequestSchema = givenTextSchema.extend({
  /** File for the rows: float32, little-endian, row after row; the last one predicts the token after the end. */
  path: z.string(),
});

/** Many requests at a time, for engines that take them. The seed is that of the first one; each one after it has the next. */
const trafficSchema = samplingSchema.omit({ topP: true }).extend({
  prompts: z.array(z.object({ prompt: z.array(z.int()), messages: z.array(messageOfChatSchema) })).min(1),
  arrivals: z.discriminatedUnion('kind', [
    /** At these offsets from the start, even while earlier requests are still unanswered. */
    z.object({ kind: z.literal('open'), offsetsNs: z.array(ns).min(1) }),
    /** Each client asks again when it has its answer. */
    z.object({ kind: z.literal('closed'), clients: z.int().positive() }),
  ]),
  /** No client asks again after this time; no request is sent beyond this number. */
  durationNs: ns,
  requests: z.int().positive(),
  requestTimeoutMs: z.int().positive(),
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
  z.object({
    type: z.literal('detokenize'),
    id: z.int(),
    tokens: z.array(z.int()).readonly(),
    special: z.boolean().exactOptional(),
  }),
  z.object({ type: z.literal('generate'), id: z.int(), request: generateRequestSchema }),
  z.object({ type: z.literal('traffic'), id: z.int(), traffic: trafficSchema }),
  /** Cancels the `generate` with that id; without it everything that runs. */
  z.object({ type: z.literal('cancel'), id: z.int(), request: z.int().exactOptional() }),
  z.object({ type: z.literal('kernel'), id: z.int(), request: kernelTestSchema }),
  z.object({ type: z.literal('profile'), id: z.int(), request: profileRequestSchema }),
  z.object({ type: z.literal('score'), id: z.int(), request: scoreRequestSchema }),
  z.object({ type: z.literal('likelihoods'), id: z.int(), request: likelihoodRequestSchema }),
  z.object({ type: z.literal('embed'), id: z.int(), texts: z.array(z.string()).min(1).readonly() }),
  z.object({ type: z.literal('memory'), id: z.int() }),
  z.object({ type: z.literal('statistics'), id: z.int() }),
  z.object({ type: z.literal('close'), id: z.int() }),
]);
export type EngineRequest = z.infer<typeof requestSchema>;

export const availabilitySchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('available'),
    version: z.string(),
    devices: z
      .array(
        z.object({
          /** One of the framework's `devices`. */
          kind: z.string(),
          name: z.string(),
          /** Emulated on the processor: it is used only when it is asked for by name, and never compared. */
          software: z.boolean().exactOptional(),
        }),
      )
      .readonly(),
    /** Weight formats that these devices run; absent: all of the framework's. */
    quantizations: z.array(z.string()).readonly().exactOptional(),
    /** Architectures that the installed libraries run; absent: all of the framework's. */
    architectures: z.array(z.string()).readonly().exactOptional(),
  }),
  z.object({ status: z.literal('missing'), reason: z.string(), remedy: z.string() }),
]);

/** One figure of what a device does at best, as often as it was taken. */
export const ceilingSchema = z.object({
  quantity: z.enum(['read_bandwidth', 'copy_bandwidth', 'f32_arithmetic', 'f16_arithmetic', 'int8_arithmetic']),
  /** Bytes or operations per second; a multiplication and an addition are two operations. */
  rates: z.array(z.number()).min(1),
  /** The operator, with its size. */
  method: z.string(),
  /** Bytes that are read again and again. */
  workingSetBytes: z.int().positive().optional(),
});

/** How the weights lie in memory, where that is not how the file has them. */
export const residentWeightsSchema = z.object({
  /** 'float32', 'int8 per row', 'nf4 in blocks of 64', ... */
  format: z.string(),
  /** Mean over all weights, scales included. */
  bitsPerWeight: z.number(),
  /** Bytes of weights that one decoded token reads; an embedding table only its row, unless it is the output too. */
  bytesPerToken: z.number(),
});

/** Facts of a loaded model: read back from the engine, not repeated from the request. */
export const effectiveSchema = z.object({
  device: z.string(),
  deviceName: z.string(),
  /** False for a software device or a silent fallback. */
  comparable: z.boolean(),
  settings: z.record(z.string(), scalar),
  build: z.record(z.string(), scalar),
  /** Bytes of keys and values that one cached position takes, all layers together. */
  kvBytesPerPosition: z.number(),
  /** Bytes of the state that a recurrent model carries from token to token, however many those are. */
  stateBytes: z.number().exactOptional(),
  weights: residentWeightsSchema.exactOptional(),
  /** What is worth a warning: a setting that was not honoured, a fallback. */
  notes: z.array(z.object({ code: z.string(), message: z.string() })).readonly(),
});

const unknown = z.string().nullable().default(null);

/** Settings by which engines are compared, so that unlike configurations are not compared by accident; null: unknown. */
export const comparedSettingsSchema = z
  .object({
    /** Format of the activations that are multiplied with the matrices: f32, f16, bf16, q8_0, int8, ... */
    activations: unknown,
    /** Format of the KV cache. */
    kvType: unknown,
    flashAttention: unknown,
    /** Whether threads spin while they wait for work between operators; false when one thread computes. */
    spinning: z.boolean().nullable().default(null),
    /** CPUs that the computing threads may run on, as read-back.ts reads them. */
    affinity: unknown,
  })
  .catchall(scalar);

export const comparedBuildSchema = z
  .object({
    /** 'prebuilt': made for many machines; 'native': made on this one, for it. */
    buildType: unknown,
    /** Which of several variants of the kernels runs: 'haswell', 'AVX2', ... */
    cpuVariant: unknown,
    /** Other builds that could run on this device, separated by blanks: names of variants, or 'prebuilt'; absent: none. */
    alternatives: z.string().exactOptional(),
  })
  .catchall(scalar);

/** Which optional methods the model has. */
const abilitiesSchema = z.object({
  kernel: z.boolean(),
  profile: z.boolean(),
  score: z.boolean(),
  likelihoods: z.boolean(),
  embed: z.boolean(),
});

const loadedSchema = z.object({ effective: effectiveSchema, abilities: abilitiesSchema });
export type Loaded = z.infer<typeof loadedSchema>;

const stopReason = z.enum(['length', 'end', 'cancelled']);

/** What a server says about an answer that it gave as text; null where it says nothing. */
const servedSchema = z.object({
  /** Whether it got the ids of the prompt, or the conversation from which to make them. */
  asked: z.enum(['ids', 'messages']),
  promptTokens: z.int().nullable(),
  /** Tokens of the answer, as the server counts them. */
  tokens: z.int().nullable(),
  ids: z.array(z.int()).readonly().nullable(),
});

export const generatedSchema = z.object({
  stop: stopReason,
  cachedPromptTokens: z.int(),
  /** The token that ended the answer, where `stop` is 'end': it is no part of the answer. */
  endToken: z.int().exactOptional(),
  /** From engines that hand over text: what they know of its tokens. */
  served: servedSchema.exactOptional(),
});

/** Every token needs an instant: one without it would be in no figure. */
const generationSchema = generatedSchema
  .extend({
    submitNs: ns,
    promptEvaluatedNs: ns.nullable(),
    ids: z.array(z.int()),
    /** Absent where the engine has no tokenizer. */
    pieces: z.array(z.string()).exactOptional(),
    atNs: z.array(ns),
    /** For each token, how long its work took to be handed to the device; only engines that enqueue know it. */
    enqueueNs: z.array(ns).exactOptional(),
    /** From engines that hand over text, in place of ids; `atNs` are the instants of these pieces. */
    texts: z.array(z.string()).exactOptional(),
  })
  .refine(({ ids, texts, atNs }) => (texts ?? ids).length === atNs.length, 'as many instants as tokens are needed')
  .refine(({ ids, pieces }) => pieces === undefined || pieces.length === ids.length, 'every token needs its text');
export type HostGeneration = z.infer<typeof generationSchema>;
/** With the text of every token, from the engine or from the shared vocabulary. */
export type Generation = HostGeneration & { pieces: string[] };

const trafficRequestSchema = z.object({
  /** In order of sending; the prompt is that of the index, round and round. */
  index: z.int().nonnegative(),
  /** When it should have been sent, and when it was. */
  scheduledNs: ns,
  sentNs: ns,
  /** The first bytes of an answer, with or without text; null when none came. */
  firstByteNs: ns.nullable(),
  /** Arrivals of pieces of text, and how long each piece is. */
  textsAtNs: z.array(ns),
  textLengths: z.array(z.int().nonnegative()),
  endNs: ns,
  text: z.string(),
  stop: stopReason.nullable(),
  cachedPromptTokens: z.int(),
  served: servedSchema.nullable(),
  failure: z.object({ kind: z.enum(failureKinds), status: z.int().nullable(), message: z.string() }).nullable(),
});
export type TrafficRequest = z.infer<typeof trafficRequestSchema>;

const trafficResultSchema = z.object({ startNs: ns, endNs: ns, requests: z.array(trafficRequestSchema) });
export type TrafficResult = z.infer<typeof trafficResultSchema>;

export const scoredSchema = z.object({
  /** tokens.length − from + 1 */
  rows: z.int().nonnegative(),
  /** Vocabulary size. */
  columns: z.int().nonnegative(),
});

/** One entry for each of the tokens from index `from` on. */
export const likelihoodsSchema = z.object({
  /** Natural logarithm of the probability that the tokens before it gave it. */
  logProbabilities: z.array(z.number()),
  /** The token that they made most probable. */
  mostProbable: z.array(z.int()),
  /**
   * With `top` in the request: the most probable tokens and the natural logarithms of their probabilities, best first; fewer
   * where the vocabulary is smaller.
   */
  top: z.array(z.array(z.tuple([z.int(), z.number()])).readonly()).exactOptional(),
});

const embeddedSchema = z.object({
  startNs: ns,
  /** When all texts were tokens. */
  submitNs: ns,
  endNs: ns,
  /** Number of tokens of each text. */
  tokens: z.array(z.int()),
  /** JSON has no word for a NaN, and says null. */
  vectors: z.array(
    z.array(
      z
        .number()
        .nullable()
        .transform((value) => value ?? Number.NaN),
    ),
  ),
});

/** The engine's own figures, bytes. */
export const engineMemorySchema = z.object({
  deviceBytes: z.number().exactOptional(),
  weightsBytes: z.number().exactOptional(),
  contextBytes: z.number().exactOptional(),
});

const reportedMemorySchema = engineMemorySchema.extend({
  /** ru_maxrss: the most that was ever resident. Where a process begins as a copy of another, that one's size counts. */
  maxResidentBytes: z.number().exactOptional(),
});
export type ReportedMemory = z.infer<typeof reportedMemorySchema>;

/** The reply to each request, by the request's type. */
export const replySchemas = {
  /** A started host says what its clock shows, so that the harness can see that both read the same. */
  start: z.object({ nowNs: ns }),
  probe: availabilitySchema,
  /** None from a framework that cannot run single operators. */
  ceilings: z.array(ceilingSchema),
  load: loadedSchema,
  vocabulary: z.object({ version: z.string(), endOfSequence: z.array(z.int()) }),
  tokenize: z.object({ ids: z.array(z.int()), durationNs: ns }),
  detokenize: z.object({ pieces: z.array(z.string()) }),
  generate: generationSchema,
  traffic: trafficResultSchema,
  cancel: z.object({}),
  kernel: z.object({ startNs: ns, durationNs: ns }),
  profile: z.array(phaseProfileSchema),
  score: scoredSchema,
  likelihoods: likelihoodsSchema,
  embed: embeddedSchema,
  memory: reportedMemorySchema,
  statistics: z.record(z.string(), scalar),
  close: z.object({}),
} satisfies Record<EngineRequest['type'], z.ZodType>;
export type Replies = { [Type in EngineRequest['type']]: z.infer<(typeof replySchemas)[Type]> };
/** A reply as the host gives it. */
export type HostReplies = { [Type in EngineRequest['type']]: z.input<(typeof replySchemas)[Type]> };

export const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.int(), result: z.unknown() }),
  z.object({
    type: z.literal('error'),
    id: z.int(),
    message: z.string(),
    remedy: z.string().optional(),
    exitCode: z.int().optional(),
  }),
  z.object({
    type: z.literal('checkpoint'),
    name: z.enum(['framework_import', 'tokenizer_load', 'model_load', 'jit_compilation', 'kernel_search']),
    edge: z.enum(['start', 'end']),
    atNs: ns,
  }),
  z.object({
    type: z.literal('progress'),
    fraction: z.number(),
    /** What goes on, where a part of the work takes minutes. */
    doing: z.object({ what: z.string(), detail: z.string() }).exactOptional(),
  }),
  /** Text of the answer to the `generate` with that id. */
  z.object({ type: z.literal('piece'), request: z.int(), text: z.string() }),
  /** From engines without a tokenizer, in place of pieces. */
  z.object({ type: z.literal('tokens'), request: z.int(), ids: z.array(z.int()) }),
]);
export type EngineMessage = z.infer<typeof messageSchema>;
