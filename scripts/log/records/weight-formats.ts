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
