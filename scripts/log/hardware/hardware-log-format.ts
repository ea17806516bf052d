/**
 * The log of a hardware benchmark: JSON Lines like a run's, one benchmark a file, append-only, below raw/hardware/. This
 * file is its one definition: the writer, collate/ and the tests go by it.
 */
import { z } from 'zod';
import { hostSchema } from '../records/host-record.ts';

export const hardwareLogSchemaVersion = 'tokenlap.hardware/1';
/** Below raw/. */
export const hardwareFolder = 'hardware';

const count = z.int().nonnegative();

export const hardwareHeaderSchema = z.object({
  type: z.literal('header'),
  schema: z.literal(hardwareLogSchemaVersion),
  uuid: z.uuid(),
  /** Wall clock, ISO 8601. */
  startedAt: z.iso.datetime(),
  tokenlap: z.string(),
  command: z.array(z.string()),
  host: hostSchema,
});

/** What this machine is. Null: the system does not report it. */
const machineSchema = z.object({
  type: z.literal('machine'),
  processor: z.object({ vendor: z.string(), brand: z.string(), sockets: count, gigahertz: z.number().nullable() }),
  /** Bytes; of caches that several cores have, all together. */
  caches: z.object({
    l1Data: count.nullable(),
    l1Instruction: count.nullable(),
    l2: count.nullable(),
    l3: count.nullable(),
    /** The last of those that are reported, one for each group of cores that shares it; absent in older logs. */
    last: z.object({ level: count, bytesEach: count, instances: count, toldBy: z.string() }).nullable().optional(),
  }),
  memory: z.object({
    totalBytes: count,
    availableBytes: count,
    swapBytes: count,
    kind: z.string().nullable(),
    megatransfersPerSecond: z.number().nullable(),
    modules: count,
  }),
  gpus: z.array(
    z.object({ name: z.string(), vendor: z.string(), memoryBytes: count.nullable(), driver: z.string().nullable() }),
  ),
  system: z.object({ name: z.string(), release: z.string(), kernel: z.string() }),
  virtual: z.string().nullable(),
  powerSource: z.string().nullable(),
});
export type Machine = z.infer<typeof machineSchema>;

/** What a framework finds here; a framework that is missing has its reason and no devices. */
const frameworkSchema = z.object({
  type: z.literal('framework'),
  framework: z.string(),
  title: z.string(),
  version: z.string().nullable(),
  missing: z.object({ reason: z.string(), remedy: z.string() }).nullable(),
  devices: z.array(z.object({ kind: z.string(), name: z.string(), software: z.boolean() })),
  /** Weight formats that these devices run; null: all of the framework's. */
  quantizations: z.array(z.string()).nullable(),
  /** Architectures that the libraries here run; null: all of the framework's, as in older logs. */
  architectures: z.array(z.string()).nullable().default(null),
});
export type FrameworkRecord = z.infer<typeof frameworkSchema>;

const quantities = [
  'read_bandwidth',
  'copy_bandwidth',
  'triad_bandwidth',
  'f32_arithmetic',
  'f16_arithmetic',
  'int8_arithmetic',
  'disk_read',
  'cached_file_read',
  'timer_resolution',
  'interruption',
  'wake_up_delay',
] as const;
export type Quantity = (typeof quantities)[number];

const measuredSchema = z.object({
  quantity: z.enum(quantities),
  /** 'cpu', 'cuda', ...; where it says nothing about a device, the processor's. */
  device: z.string(),
  /** Null where threads are no matter. */
  threads: count.nullable(),
  workingSetBytes: count.nullable(),
  unit: z.enum(['B/s', 'FLOP/s', 'op/s', 'ns']),
  /** The best of the samples for a rate, the smallest step of the clock, the longest delay. */
  value: z.number(),
  median: z.number(),
  samples: count,
  /** With what it was measured. */
  method: z.string(),
});
export type Measured = z.infer<typeof measuredSchema>;

const measurementSchema = measuredSchema.extend({ type: z.literal('measurement') });

/** What was not measured, and why. */
const notMeasuredSchema = z.object({
  type: z.literal('not_measured'),
  what: z.string(),
  device: z.string(),
  reason: z.string(),
});
export type NotMeasured = z.infer<typeof notMeasuredSchema>;

const hardwareEndSchema = z.object({
  type: z.literal('end'),
  status: z.enum(['completed', 'failed', 'interrupted']),
  durationMs: z.number(),
  error: z.object({ message: z.string() }).optional(),
});

export const hardwareRecordSchema = z.discriminatedUnion('type', [
  hardwareHeaderSchema,
  machineSchema,
  frameworkSchema,
  measurementSchema,
  notMeasuredSchema,
  hardwareEndSchema,
]);
export type HardwareRecord = z.infer<typeof hardwareRecordSchema>;
export type HardwareHeader = z.infer<typeof hardwareHeaderSchema>;
export type HardwareEnd = z.infer<typeof hardwareEndSchema>;
