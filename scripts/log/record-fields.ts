/** Fields that several record types of the raw log have. */
import { z } from 'zod';
import { loggedTextLimits } from '../command-line/input-limits.ts';

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
