/** What a resource pool test writes into the raw log: levels of concurrency, load and unload cycles, faults, and every request. */
import { z } from 'zod';
import { count, ns } from '../../log/record-fields.ts';
import { requestFields } from '../load/records.ts';

const levelKinds = ['engines', 'sequences', 'models'] as const;
export const faults = ['killed', 'out_of_memory', 'broken_model'] as const;
export type Fault = (typeof faults)[number];

/** Bytes, summed over all engine processes. */
const poolMemorySchema = z.object({
  /** Pages that several engines share count for each of them. */
  residentBytes: count,
  /** Shared pages divided by their number of users: PSS. Null where the system does not report it. */
  proportionalBytes: count.nullable(),
  /** Pages that no other process has: USS. */
  uniqueBytes: count.nullable(),
  /** What the engines themselves say they use: weights, KV caches, buffers. */
  engineBytes: count.nullable(),
  /** Resident bytes of the processes that lend these engines their tokenizers; in no other figure. */
  tokenizerBytes: count.optional(),
  meter: z.string(),
});
export type PoolMemory = z.infer<typeof poolMemorySchema>;

/** Clients that ask again as soon as they have their answer, as many as there are answers at a time. */
const poolLevelSchema = z.object({
  type: z.literal('pool_level'),
  level: count,
  kind: z.enum(levelKinds),
  /** Answers at a time, over all engines. */
  concurrency: z.int().positive(),
  engines: z.int().positive(),
  /** Sequences of each engine. */
  sequences: z.int().positive(),
  /** Threads of each engine. */
  threads: z.int().positive(),
  /** A name for each model that is loaded: 'Tiny chat f16'. */
  models: z.array(z.string()).min(1),
  startNs: ns,
  /** From here on nobody asked again; what came later is in no rate. */
  deadlineNs: ns,
  /** The last answer is out. */
  endNs: ns,
  /** After the last answer, all models loaded. */
  memory: poolMemorySchema,
});
export type PoolLevelRecord = z.infer<typeof poolLevelSchema>;

/** One request of a client, whatever its outcome: exactly one line each. */
const poolRequestSchema = z.object({
  type: z.literal('pool_request'),
  /** The level by its index, or the recovery by its name. */
  of: z.union([count, z.enum(faults)]),
  request: count,
  worker: count,
  model: z.string(),
  startNs: ns,
  /** The tokens are those of the attempt that was answered. */
  ...requestFields,
  /** Stamped before the deadline. */
  tokensInTime: count,
  /** How often it was sent. */
  attempts: z.int().positive(),
  /** `answered` at the first attempt, `repeated`: answered at a later one. */
  outcome: z.enum(['answered', 'repeated', 'failed', 'stopped']),
  /** Failure of the last attempt that failed; null when none did. */
  failure: z.string().nullable(),
});
export type PoolRequestRecord = z.infer<typeof poolRequestSchema>;

/** The model loaded, used and unloaded again in one engine process. */
const poolCycleSchema = z.object({
  type: z.literal('pool_cycle'),
  cycle: count,
  loadNs: ns,
  loaded: poolMemorySchema,
  /** After unloading: what the process keeps. */
  unloaded: poolMemorySchema,
});
export type PoolCycleRecord = z.infer<typeof poolCycleSchema>;

const poolRecoverySchema = z.object({
  type: z.literal('pool_recovery'),
  fault: z.enum(faults),
  engines: z.int().positive(),
  sequences: z.int().positive(),
  /** Null: the fault did not come about, see the note. */
  faultNs: ns.nullable(),
  /** An engine is gone. */
  goneNs: ns.nullable(),
  /** What stood in the way is away: the whole file is back. The same as `goneNs` where nothing has to be. */
  clearedNs: ns.nullable(),
  /** As many engines are up as before. */
  readyNs: ns.nullable(),
  /** The first answer after that is out. */
  answeredNs: ns.nullable(),
  /** Requests that were sent during the test; each has a line of its own. */
  sent: count,
  /** What was done, and how it went, in words. */
  note: z.string(),
});
export type PoolRecoveryRecord = z.infer<typeof poolRecoverySchema>;

export const records = {
  name: 'pool',
  script: 'scripts/resource-pool-benchmark.ts',
  schemas: [poolLevelSchema, poolRequestSchema, poolCycleSchema, poolRecoverySchema],
  spans: [],
} as const;
export type PoolRecord = PoolLevelRecord | PoolRequestRecord | PoolCycleRecord | PoolRecoveryRecord;
