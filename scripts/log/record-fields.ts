/** Fields that several record types of the raw log have. */
import { z } from 'zod';
import { loggedTextLimits } from '../command-line/files/input-limits.ts';

/** Nanoseconds. */
export const ns = z.number();
export const count = z.int().nonnegative();
export const name = z.string().max(loggedTextLimits.name);
export const path = z.string().max(loggedTextLimits.path);
export const text = z.string().max(loggedTextLimits.text);
const scalar = z.union([text, z.number(), z.boolean(), z.null()]);

/** Settings by name: `threads`, `gpuLayers`, `contextTokens`, `batchTokens`, `flashAttention`, `kvType`, ... */
export const settingsSchema = z.record(name, scalar);
export type Settings = z.infer<typeof settingsSchema>;

export const phases = ['cold', 'warmup', 'measured'] as const;
export type Phase = (typeof phases)[number];

/** What a log says of the reference that its run was compared with. */
export const referenceFields = {
  framework: z.string(),
  title: z.string(),
  version: z.string(),
  quantize: z.string(),
  weightClass: z.string(),
  modelSha256: z.string(),
  /** True in the log of the reference itself. */
  self: z.boolean(),
};

/** Code of the warning in logs of runs that shared their device with others on purpose: their speed is not ranked. */
export const sharedDeviceCode = 'shared_device';

/** Settings and counters of a log by name: a value of the wrong type is no value. */
export function numberSetting(settings: Settings, name: string): number | null {
  const value = settings[name];
  return typeof value === 'number' ? value : null;
}

export function wholeSetting(settings: Settings, name: string): number | null {
  const value = numberSetting(settings, name);
  return value !== null && Number.isInteger(value) ? value : null;
}

export function booleanSetting(settings: Settings, name: string): boolean | null {
  const value = settings[name];
  return typeof value === 'boolean' ? value : null;
}

export function textSetting(settings: Settings, name: string): string | null {
  const value = settings[name];
  return value === undefined || value === null ? null : String(value);
}

/** All of them in one cell. */
export function settingsText(settings: Settings): string | null {
  const parts = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? null : parts.join('; ');
}
