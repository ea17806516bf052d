/** What a raw log says of the machine while it was measured: samples, and the certificate that is made of them. */
import { z } from 'zod';
import { readingFields } from './reading.ts';

const count = z.int().nonnegative();

/** One sample. A record has what was read at that instant; slow sources are read less often. */
export const conditionsSchema = z.object({ type: z.literal('conditions'), atNs: z.number(), ...readingFields });
export type ConditionsRecord = z.infer<typeof conditionsSchema>;

const checkNames = [
  'others_cpu',
  'steal',
  'pressure',
  'swap',
  'throttling',
  'quota',
  'clocks',
  'temperature',
  'power_source',
  'gpu_users',
  'drift',
  'warm_up',
  'timer',
] as const;
export type CheckName = (typeof checkNames)[number];

const checkSchema = z.object({
  name: z.enum(checkNames),
  /** `unknown`: nothing here tells it. Only `failed` fails a run. */
  verdict: z.enum(['ok', 'doubt', 'failed', 'unknown']),
  value: z.number().nullable(),
  /** Beyond it the run fails, or, where the check can only raise doubt, is doubted. */
  limit: z.number().nullable(),
  unit: z.string(),
  /** For people: what was seen, and what helps. */
  words: z.string(),
});
export type Check = z.infer<typeof checkSchema>;

export const noiseFloorSchema = z.object({
  /** Relative difference of two things that are the same. */
  share: z.number(),
  /**
   * `identical cells`: one cell measured as two; `runs within cells`: what their deviation makes two identical ones differ by.
   * Older logs also have `alternate runs`: every second run of a cell against those between.
   */
  from: z.enum(['identical cells', 'runs within cells', 'alternate runs']),
  /** Runs that it was found from. */
  runs: count,
});
export type NoiseFloor = z.infer<typeof noiseFloorSchema>;

/** Only in logs of runs that measured something, unless the sampling was turned off. */
export const certificateSchema = z.object({
  type: z.literal('certificate'),
  /** `unknown`: nothing here tells what others did meanwhile. */
  status: z.enum(['passed', 'failed', 'unknown']),
  checks: z.array(checkSchema),
  sources: z.object({
    present: z.array(z.string()),
    absent: z.array(z.object({ name: z.string(), reason: z.string() })),
  }),
  /** How many samples were taken, and what one took of the harness's time. */
  samples: count,
  microsecondsPerSample: z.number(),
  /** The latest A/A of this host that is known, and when it was measured; null before the first. */
  noiseFloor: noiseFloorSchema.extend({ measuredAt: z.iso.datetime() }).nullable(),
});
export type CertificateRecord = z.infer<typeof certificateSchema>;
