/**
 * What every log says of the model that ran: which weights, in which format, how many bytes a token costs; and the formats of
 * weights by the names that logs have.
 */

import { z } from 'zod';
import { loggedTextLimits } from '../../command-line/files/input-limits.ts';
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
  /** Parameters that one token is multiplied with: experts by their share, no table of which a row is read. */
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
  /** Where its weights come from: of two files with one root, the source is the same; absent where it is not known. */
  lineage: lineageSchema.optional(),
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

/** Formats of weights by the names that logs have, and the class within which results are compared. */

interface Format {
  weightClass: string;
  /** Usual value of a whole model in that format, scales of blocks and mixed tensors included. */
  bitsPerWeight: number;
  /** `general.file_type` of a GGUF file (llama_ftype in llama.cpp's include/llama.h); absent for other containers. */
  ggufFileType?: number;
}

const format = (weightClass: string, bitsPerWeight: number, ggufFileType?: number): Format => ({
  weightClass,
  bitsPerWeight,
  ...(ggufFileType === undefined ? {} : { ggufFileType }),
});

/** Engines' own names, lower case. Those without a file type are MLC's: q<weight bits>f<activation bits>_<layout>. */
export const formats = new Map<string, Format>([
  ['f32', format('32-bit', 32, 0)],
  ['q0f32', format('32-bit', 32)],
  ['f16', format('16-bit', 16, 1)],
  ['bf16', format('16-bit', 16, 32)],
  ['q0f16', format('16-bit', 16)],
  ['q8_0', format('8-bit', 8.5, 7)],
  ['q8f16_1', format('8-bit', 8.5)],
  ['q6_k', format('6-bit', 6.56, 18)],
  ['q5_k_m', format('5-bit', 5.69, 17)],
  ['q5_k_s', format('5-bit', 5.52, 16)],
  ['q5_1', format('5-bit', 6, 9)],
  ['q5_0', format('5-bit', 5.5, 8)],
  ['q4_k_m', format('4-bit', 4.85, 15)],
  ['q4_k_s', format('4-bit', 4.57, 14)],
  ['q4_1', format('4-bit', 5, 3)],
  ['q4_0', format('4-bit', 4.5, 2)],
  ['iq4_nl', format('4-bit', 4.5, 25)],
  ['iq4_xs', format('4-bit', 4.25, 30)],
  ['mxfp4', format('4-bit', 4.25, 38)],
  ['nvfp4', format('4-bit', 4.5, 39)],
  ['q4f16_1', format('4-bit', 4.5)],
  ['q4f16_0', format('4-bit', 4.5)],
  ['q4f32_1', format('4-bit', 5)],
  ['q3_k_l', format('3-bit', 4.27, 13)],
  ['q3_k_m', format('3-bit', 3.91, 12)],
  ['q3_k_s', format('3-bit', 3.5, 11)],
  ['iq3_m', format('3-bit', 3.66, 27)],
  ['iq3_s', format('3-bit', 3.44, 26)],
  ['iq3_xs', format('3-bit', 3.3, 22)],
  ['iq3_xxs', format('3-bit', 3.06, 23)],
  ['q3f16_1', format('3-bit', 3.5)],
  ['q2_k', format('2-bit', 2.96, 10)],
  ['q2_k_s', format('2-bit', 2.7, 21)],
  ['iq2_m', format('2-bit', 2.7, 29)],
  ['iq2_s', format('2-bit', 2.5, 28)],
  ['iq2_xs', format('2-bit', 2.31, 20)],
  ['iq2_xxs', format('2-bit', 2.06, 19)],
  ['tq2_0', format('2-bit', 2.06, 37)],
  ['tq1_0', format('2-bit', 1.69, 36)],
  ['iq1_m', format('1-bit', 1.75, 31)],
  ['iq1_s', format('1-bit', 1.56, 24)],
]);

/** '4-bit' of 'q4_k_m'; 'unknown' for a format that no table knows. */
export function weightClassOf(name: string): string {
  return formats.get(name)?.weightClass ?? 'unknown';
}
