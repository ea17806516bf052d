/** Records of the system monitor: its samples (`conditions`), and the run quality that is judged from them (`certificate`). */
import { z } from 'zod';

/** What one sample says of the machine. Every field is absent where no source reports it. */
const gpuReadingSchema = z.object({
  name: z.string(),
  busyPercent: z.number().optional(),
  memoryUsedBytes: z.number().optional(),
  clockMhz: z.number().optional(),
  temperatureC: z.number().optional(),
  powerWatts: z.number().optional(),
  /** What holds its clocks down at this instant: `thermal`, `power_cap`, ... */
  slowedBy: z.array(z.string()).optional(),
});
export type GpuReading = z.infer<typeof gpuReadingSchema>;

/** Names that end in `Total` are counters: only their differences mean anything. */
const readingFields = {
  /** Time that the processors worked, all of them together, whoever for. */
  busyMsTotal: z.number().optional(),
  /** The part of it that the harness and all that it started took. */
  ownMsTotal: z.number().optional(),
  /** Time that another machine on the same hardware was given in our place. */
  stealMsTotal: z.number().optional(),
  /** Time in which at least one process was ready and had no processor. */
  stallMsTotal: z.number().optional(),
  swappedBytesTotal: z.number().optional(),
  throttleEventsTotal: z.number().optional(),
  /** Periods of the control group's quota of processor time, and those in which it ran out. */
  quotaPeriodsTotal: z.number().optional(),
  quotaThrottledPeriodsTotal: z.number().optional(),
  /** Clock of the fastest core: idle ones clock down. */
  clockMhz: z.number().optional(),
  /** Temperature of the hottest sensor of the processor. */
  temperatureC: z.number().optional(),
  /** The word of macOS: Nominal, Fair, Serious, Critical. */
  thermalPressure: z.string().optional(),
  onBattery: z.boolean().optional(),
  batteryPercent: z.number().optional(),
  gpus: z.array(gpuReadingSchema).optional(),
  /** Processes of others that compute on a GPU. */
  otherGpuProcesses: z.int().nonnegative().optional(),
  /** Energy since the sampling began, by meter, and the instant at which the meter said so. */
  energy: z.record(z.string(), z.object({ atNs: z.number(), joules: z.number() })).optional(),
} as const;

const readingSchema = z.object(readingFields);
export type Reading = z.infer<typeof readingSchema>;

/** GPUs and meters of several sources stand side by side. */
export function mergeReadings(readings: readonly Reading[]): Reading {
  const merged: Reading = Object.assign({}, ...readings);
  const gpus = readings.flatMap((reading) => reading.gpus ?? []);
  const energies = readings.flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
  const temperatures = readings.flatMap((reading) => reading.temperatureC ?? []);
  return {
    ...merged,
    ...(temperatures.length === 0 ? {} : { temperatureC: Math.max(...temperatures) }),
    ...(gpus.length === 0 ? {} : { gpus }),
    ...(energies.length === 0 ? {} : { energy: Object.assign({}, ...energies) }),
  };
}

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
  /** `unknown`: nothing here reports it. Only `failed` fails a run. */
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
  /** `unknown`: the load from other processes is not known. */
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
