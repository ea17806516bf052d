/**
 * Divisors of the rotation frequencies that long-context models store as tensors, one a pair of dimensions.
 */
import type { ModelShape } from './model-shape.ts';

/** @returns one factor for each pair of rotated dimensions; empty when the model has none */
export function ropeFactors(shape: ModelShape, tensorName: string): Float32Array {
  const count = (shape.rotaryDimension ?? shape.headDimension) / 2;
  const scaling = shape.ropeScaling;
  if (scaling?.type === 'llama3') return llama3Factors(shape.headDimension, shape.ropeBase ?? 10_000, scaling);
  // The trained factors of LongRoPE are the result of a search and are no part of a shape. They change no speed, so the
  // long ones rise evenly to the stretch of the context, and the short ones are 1.
  if (scaling?.type === 'longrope') {
    const stretch = tensorName.includes('long') ? shape.contextLength / scaling.originalContextLength : 1;
    return Float32Array.from({ length: count }, (_, i) => 1 + ((stretch - 1) * i) / Math.max(1, count - 1));
  }
  return new Float32Array();
}

type Llama3Scaling = Omit<Extract<ModelShape['ropeScaling'], { type: 'llama3' }>, 'type'>;

/**
 * Llama 3.1 and later: wavelengths shorter than the original context / highFrequencyFactor stay, those longer than
 * context / lowFrequencyFactor are stretched by the whole factor, those between are blended.
 * Formula: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
 */
export function llama3Factors(headDimension: number, ropeBase: number, scaling: Llama3Scaling): Float32Array {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const count = headDimension / 2;
  return Float32Array.from({ length: count }, (_, i) => {
    const wavelength = 2 * Math.PI * ropeBase ** (i / count);
    if (wavelength < originalContextLength / high) return 1;
    if (wavelength > originalContextLength / low) return factor;
    const blend = (originalContextLength / wavelength - low) / (high - low);
    return 1 / ((1 - blend) / factor + blend);
  });
}
