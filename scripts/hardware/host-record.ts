/** What every log says of the machine it was written on. */
import { z } from 'zod';

const count = z.int().nonnegative();

/** What the process may use of the machine; see usable.ts. */
const usableSchema = z.object({
  /** Whole cores that threads may keep busy, at least one. */
  cores: count,
  /** Which of the three is the fewest, and in words. */
  coresBoundBy: z.enum(['physical cores', 'affinity', 'quota']),
  coresReason: z.string(),
  /** Logical processors that the scheduler may choose; null where the system does not tell. */
  affinityProcessors: count.nullable(),
  /** Processors' worth of time; null without a quota. */
  quotaProcessors: z.number().positive().nullable(),
  memoryBytes: count,
  memoryBoundBy: z.enum(['host', 'control group']),
});
export type Usable = z.infer<typeof usableSchema>;

export const hostSchema = z.object({
  hostname: z.string(),
  username: z.string(),
  /** True when hostname and username are stable hashes. */
  anonymized: z.boolean(),
  platform: z.string(),
  release: z.string(),
  architecture: z.string(),
  cpuModel: z.string(),
  physicalCores: count,
  logicalCores: count,
  memoryBytes: count,
  gpus: z.array(z.object({ name: z.string(), memoryBytes: count.nullable() })),
  node: z.string(),
  /** What the process may use of it; absent in older logs. */
  usable: usableSchema.optional(),
  virtualized: z.boolean().optional(),
  /** Whose virtual machine it is; null on metal. Absent in logs of before, as the next. */
  hypervisor: z.string().nullable().optional(),
  container: z.string().nullable().optional(),
  governor: z.string().nullable().optional(),
  powerSource: z.string().nullable().optional(),
  loadAverage1m: z.number().nullable().optional(),
});
export type Host = z.infer<typeof hostSchema>;
