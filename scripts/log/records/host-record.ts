/** What every log says of the machine it was written on. */
import { z } from 'zod';
import { loggedTextLimits } from '../../command-line/files/input-limits.ts';

const count = z.int().nonnegative();
const name = z.string().max(loggedTextLimits.name);

/** What the process may use of the machine; see usable.ts. */
const usableSchema = z.object({
  /** Whole cores that threads may keep busy, at least one. */
  cores: count,
  /** Which of the three is the fewest, and in words. */
  coresBoundBy: z.enum(['physical cores', 'affinity', 'quota']),
  coresReason: z.string().max(loggedTextLimits.text),
  /** Logical processors that the scheduler may choose; null where the system does not report it. */
  affinityProcessors: count.nullable(),
  /** Processors' worth of time; null without a quota. */
  quotaProcessors: z.number().positive().nullable(),
  memoryBytes: count,
  memoryBoundBy: z.enum(['host', 'control group']),
});
export type Usable = z.infer<typeof usableSchema>;

export const hostSchema = z.object({
  hostname: name,
  username: name,
  /** True when hostname and username are stable hashes. */
  anonymized: z.boolean(),
  platform: name,
  release: name,
  architecture: name,
  cpuModel: name,
  physicalCores: count,
  logicalCores: count,
  memoryBytes: count,
  /** `driver`: its version; absent where nothing reports it, and in older logs. */
  gpus: z.array(z.object({ name, memoryBytes: count.nullable(), driver: name.optional() })),
  node: name,
  /** What the process may use of it; absent in older logs. */
  usable: usableSchema.optional(),
  virtualized: z.boolean().optional(),
  /** Whose virtual machine it is; null on metal. Absent in older logs, as the next. */
  hypervisor: name.nullable().optional(),
  container: name.nullable().optional(),
  governor: name.nullable().optional(),
  powerSource: name.nullable().optional(),
  loadAverage1m: z.number().nullable().optional(),
});
export type Host = z.infer<typeof hostSchema>;
