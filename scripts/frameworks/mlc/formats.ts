/** MLC's names of weight formats, q<weight bits>f<activation bits>_<layout>, best supported first. */
export const mlcFormats = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32', 'q3f16_1'];

/** Those that compute in 16 bits need the WebGPU feature `shader-f16`. */
export function needsHalfPrecision(format: string): boolean {
  return /^q\d+f16/.test(format);
}
