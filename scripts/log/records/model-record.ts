/** What every log says of the model that ran: which weights, in which format, how many bytes a token costs. */
import { z } from 'zod';
import { loggedTextLimits } from '../../command-line/input-limits.ts';
import { lineageSchema } from '../lineage.ts';

const count = z.int().nonnegative();
const name = z.string().max(loggedTextLimits.name);

const modelSources = ['embedded', 'synthetic', 'downloaded', 'path', 'server'] as const;

/** What was asked for, what the framework runs, and the class within which results may be compared. */
const quantizationSchema = z.object({
  asked: name,
  got: name,
  /** '32-bit', '16-bit', '8-bit', '6-bit', '5-bit', '4-bit', '3-bit', '2-bit', '1-bit'. */
  weightClass: name,
  /** Why `got` is not literally what was asked for; absent when it is. */
  note: z.string().max(loggedTextLimits.text).optional(),
});
export type Quantization = z.infer<typeof quantizationSchema>;

export const modelRecordSchema = z.object({
  /** The registry's name, or the file's `general.name`. */
  name,
  /** Size as typed on the command line: 'tiny', '135M', '1B'. */
  size: name,
  /** The taxonomy by parameter count: tiny, small, base, large, xl, xxl. */
  sizeClass: name,
  /** Architecture family: llama, qwen2, gpt2, ... (`--algorithm`). */
  algorithm: name,
  /** `general.architecture` of the file, and the experts of a mixture; absent where no file says so. */
  architecture: name.optional(),
  experts: z.object({ count, used: count }).optional(),
  /** True: it gives embeddings, and no next token. */
  encoder: z.literal(true).optional(),
  source: z.enum(modelSources),
  /** How it was chosen on the command line: --size, --algorithm, --model; absent in older logs. */
  asked: z
    .object({
      size: name.optional(),
      algorithm: name.optional(),
      model: z.string().max(loggedTextLimits.path).optional(),
    })
    .optional(),
  /** Random weights: speed is real, the text is noise. */
  synthetic: z.boolean(),
  file: z.string().max(loggedTextLimits.path),
  fileBytes: count,
  sha256: z.string(),
  parameters: count,
  /** Those that one token is multiplied with: experts by their share, no table of which a row is read. */
  activeParameters: count.optional(),
  quantization: quantizationSchema,
  /** Tensor bytes x 8 / parameters, of the artifact itself. */
  effectiveBitsPerWeight: z.number(),
  /** Bytes of weights that one decoded token has to read: all but tables of which it reads one row. Experts by their share. */
  weightBytesPerToken: count,
  /** Key and value elements cached per position, all layers together. */
  kvElementsPerPosition: count,
  /** Numbers that a recurrent model carries along for a sequence, however long it is; absent where there are none. */
  stateElements: count.optional(),
  contextLength: count,
  /** Where its weights come from: of two files with one root, the source is the same; absent where nobody can tell. */
  lineage: lineageSchema.optional(),
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;
