/** What one sample says of the machine. Every field is absent where no source tells it. */
import { z } from 'zod';

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
export const readingFields = {
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
  /** Of the fastest core: idle ones clock down. */
  clockMhz: z.number().optional(),
  /** Of the hottest sensor of the processor. */
  temperatureC: z.number().optional(),
  /** As macOS calls it: Nominal, Fair, Serious, Critical. */
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
