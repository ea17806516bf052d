/** What every log says of the machine it was written on. */
import { z } from 'zod';

const count = z.int().nonnegative();

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
  virtualized: z.boolean().optional(),
  /** Whose virtual machine it is; null on metal. Absent in logs of before, as the next. */
  hypervisor: z.string().nullable().optional(),
  container: z.string().nullable().optional(),
  governor: z.string().nullable().optional(),
  powerSource: z.string().nullable().optional(),
  loadAverage1m: z.number().nullable().optional(),
});
export type Host = z.infer<typeof hostSchema>;
