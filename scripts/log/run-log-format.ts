/**
 * The raw run log: JSON Lines, one run a file, append-only. This file is the one definition of it: the writer, collate/,
 * the tests and docs/run-log.md all go by it.
 *
 * Instants (`atNs`, `startNs`, ...) are nanoseconds of the monotonic clock since the run's origin, which the header ties
 * to a wall-clock time. They are integers below 2^53.
 */
import { z } from 'zod';
import { frameworkSettingsSchema } from '../settings/settings.ts';
import { workloadRecords } from '../workloads/records.ts';
import { count, name, ns, path, settingsSchema, text } from './record-fields.ts';
import { certificateSchema, conditionsSchema } from './records/certificate-records.ts';
import { hostSchema } from './records/host-record.ts';
import { modelRecordSchema } from './records/model-record.ts';
import { operatorsSchema } from './records/operator-records.ts';

export const runLogSchemaVersion = 'tokenlap.run/1';

export const headerSchema = z.object({
  type: z.literal('header'),
  schema: z.literal(runLogSchemaVersion),
  uuid: z.uuid(),
  /** Wall clock, ISO 8601; the instant at which the monotonic origin was taken. */
  startedAt: z.iso.datetime(),
  tokenlap: name,
  /** Commit of the source that measured, with `+changes` where files differ from it; absent without history, and in older logs. */
  revision: name.optional(),
  /** What the person called this measurement, with --tag. */
  tag: name.optional(),
  command: z.array(text),
  /** The benchmark.ts session this run belongs to, its place in the interleaved order, and its iteration. */
  session: z
    .object({
      uuid: z.uuid(),
      order: count,
      iteration: count,
      /** Which try of this place it is, from 0: a run that failed its quality checks may be repeated. */
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
  workload: z.enum(workloadRecords.map((records) => records.name)),
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
  /** False for a software adapter or a silent fallback: never ranked against real devices. */
  comparable: z.boolean(),
  settings: settingsSchema,
  /** Facts about the build: compiled backend, CPU variant, libraries. */
  build: settingsSchema,
  kvBytesPerPosition: z.number(),
  /** Bytes of the state that a recurrent model carries from token to token; absent where there is none. */
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
  ...(['engine_start', 'framework_import', 'tokenizer_load', 'model_load'] as const),
  ...(['jit_compilation', 'kernel_search', 'warmup'] as const),
  ...workloadRecords.flatMap(({ spans }) => [...spans]),
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

const warmUpEnds = ['quiet', 'cap', 'fixed'] as const;

/** How the engine was warmed up, the cold answer not counted. Absent in older logs. */
const warmUpSchema = z.object({
  type: z.literal('warm_up'),
  /** What was warmed up, where that was done apart: the kernel test. */
  label: z.string().optional(),
  /** `quiet`: no trend was left. `cap`: it took too long. `fixed`: as many as were asked for. */
  ended: z.enum(warmUpEnds),
  /** Change of the time per token over the last while that was looked at; null where it shows nothing. */
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
  /** The upper bound of a peak that is known between two bounds only; absent where no high-water mark was read. */
  atMostBytes: count.optional(),
  /** Resident bytes that lie in no file, where the system reports it. */
  anonymousBytes: count.optional(),
  /** Resident bytes of the process that lends the engine its tokenizer, where there is one. */
  tokenizerBytes: count.optional(),
  /** Proportional set size, where the system reports it. */
  proportionalBytes: count.optional(),
  /** Pages that no other process has, where the system reports it. */
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

export function warning(code: string, message: string): WarningRecord {
  return { type: 'warning', code, message };
}

const endSchema = z.object({
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
  warmUpSchema,
  memorySchema,
  statisticsSchema,
  operatorsSchema,
  conditionsSchema,
  certificateSchema,
  warningSchema,
  endSchema,
  ...workloadRecords.flatMap(({ schemas }) => [...schemas]),
]);
export type RunRecord = z.infer<typeof recordSchema>;

/** Undefined for a line that is no record of this format. */
export function recordIn(line: string): RunRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** How a run ended, as runs.csv says it. `killed`: the log has no closing line. */
export const runStatuses = ['completed', 'failed', 'interrupted', 'missing', 'killed'] as const;
export type RunStatus = (typeof runStatuses)[number];
