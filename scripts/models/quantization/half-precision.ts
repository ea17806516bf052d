/** 16-bit floating point as in GGUF files: IEEE 754 binary16 and bfloat16. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * Rounds to nearest, ties to even, as ggml_compute_fp32_to_fp16 does.
 * @returns the 16 bits; infinity beyond 65504, a quiet NaN for NaN
 */
export function float32ToFloat16(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const exponent = (word >>> 23) & 0xff;
  const fraction = word & 0x7fffff;
  if (exponent === 0xff) return sign | (fraction === 0 ? 0x7c00 : 0x7e00);
  const unbiased = exponent - 127 + 15;
  if (unbiased >= 31) return sign | 0x7c00;
  if (unbiased > 0) return sign | roundShift((unbiased << 23) | fraction, 13);
  // Subnormal: the implicit leading one becomes a bit of the fraction; below half of the smallest one it is zero.
  return unbiased < -10 ? sign : sign | roundShift(fraction | 0x800000, 14 - unbiased);
}

/** Shifts right, to nearest, ties to even; a carry rightly runs over into the exponent. */
function roundShift(value: number, by: number): number {
  const kept = value >>> by;
  const rest = value & ((1 << by) - 1);
  const half = 1 << (by - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

export function float16ToFloat32(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function bfloat16ToFloat32(half: number): number {
  bits[0] = half << 16;
  return float[0] ?? 0;
}

/** Rounds to nearest, ties to even. */
export function float32ToBfloat16(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
  return ((word + (0x7fff + ((word >>> 16) & 1))) >>> 16) & 0xffff;
}

const everyFloat16 = Float32Array.from({ length: 0x10000 }, (_, half) => float16ToFloat32(half));

/**
 * Decodes a whole run; a table of all 65536 values is several times faster than decoding each.
 * @param values takes the result; made when absent
 */
export function decodeFloat16(
  halves: Uint16Array,
  values: Float32Array = new Float32Array(halves.length),
): Float32Array {
  for (let i = 0; i < halves.length; i++) values[i] = everyFloat16[halves[i] ?? 0] ?? 0;
  return values;
}

/** @param values takes the result; made when absent */
export function decodeBfloat16(
  halves: Uint16Array,
  values: Float32Array = new Float32Array(halves.length),
): Float32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] ?? 0) << 16;
  return values;
}
