/**
 * A GGUF file has the factors that come of Llama 3's scaling of rotary positions, not its numbers. Several scalings give the
 * same factors (only the quotients of the original context and the two frequency factors matter), so the conventional one is
 * taken: a low frequency factor of 1.
 */
import { usageError } from '../../command-line/errors.ts';
import { type Llama3Scaling, llama3Factors } from '../architectures/model-shape.ts';

const lowFrequencyFactor = 1;
const highFrequencyFactors = [4, ...Array.from({ length: 32 }, (_, index) => index + 1)];
/** 8192 first, which all published models have. */
const originalContexts = [8192, ...Array.from({ length: 14 }, (_, power) => 256 * 2 ** power)];
/** Converters differ in the last bit. */
const tolerance = 1e-6;

/** @throws UserError when the factors are not those of such a scaling */
export function llama3ScalingOf(factors: Float32Array, headDimension: number, ropeBase: number): Llama3Scaling {
  const factor = Math.max(...factors);
  const candidates = [
    ...originalContexts.flatMap((originalContextLength) =>
      highFrequencyFactors
        .filter((high) => high > lowFrequencyFactor)
        .map((highFrequencyFactor) => ({ highFrequencyFactor, originalContextLength })),
    ),
    ...fitted(factors, factor, ropeBase),
  ];
  for (const candidate of candidates) {
    const scaling = { factor, lowFrequencyFactor, ...candidate };
    if (isSame(llama3Factors(headDimension, ropeBase, scaling), factors)) return scaling;
  }
  throw usageError(
    "the tensor rope_freqs.weight holds factors that are not those of Llama 3's scaling of rotary positions",
    'config.json has no place for them: the model is not exported.',
  );
}

/** Between its two limits the blend is a line over the inverse wavelength; two of its points give both limits. */
function fitted(factors: Float32Array, factor: number, ropeBase: number) {
  const points = [...factors].flatMap((value, i) => {
    if (value <= 1 || value >= factor) return [];
    const inverseWavelength = 1 / (2 * Math.PI * ropeBase ** (i / factors.length));
    return [[inverseWavelength, (1 / value - 1 / factor) / (1 - 1 / factor)] as const];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const slope = (first[1] - last[1]) / (first[0] - last[0]);
  const difference = -lowFrequencyFactor / (first[1] - slope * first[0]);
  const high = lowFrequencyFactor + difference;
  const originalContextLength = Math.round(slope * difference);
  if (!(originalContextLength > 0) || !(high > lowFrequencyFactor)) return [];
  return [Number(high.toPrecision(3)), high].map((highFrequencyFactor) => ({
    highFrequencyFactor,
    originalContextLength,
  }));
}

function isSame(expected: Float32Array, factors: Float32Array): boolean {
  return (
    expected.length === factors.length &&
    expected.every((value, i) => Math.abs(value - (factors[i] ?? 0)) <= tolerance * value)
  );
}
