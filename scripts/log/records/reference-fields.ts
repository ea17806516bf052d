/** What a log says of the reference that its run was held against. */
import { z } from 'zod';

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
