/**
 * Those weights of a state-space layer that must not be random: a state that does not fade overflows, and one that fades at
 * once remembers nothing. They are what training begins with (Gu and Dao 2023, section 3.6; state-spaces/mamba,
 * mamba_simple.py).
 */
import type { ModelShape } from '../architectures/model-shape.ts';
import { randomWords } from './random-words.ts';

type StateSpace = NonNullable<ModelShape['stateSpace']>;

/** A = −1, −2, −3, ... in each channel: every number of the state fades at a speed of its own. */
export function decays({ state, inner }: StateSpace): Float32Array {
  return Float32Array.from({ length: state * inner }, (_, i) => -1 - (i % state));
}

const shortestStep = 0.001;
const longestStep = 0.1;

/** Biases that softplus turns into steps between 0.001 and 0.1, evenly spread on a logarithmic scale. */
export function timeSteps({ inner }: StateSpace): Float32Array {
  return Float32Array.from({ length: inner }, (_, i) => {
    const step = shortestStep * (longestStep / shortestStep) ** (i / Math.max(1, inner - 1));
    return step + Math.log(-Math.expm1(-step));
  });
}

/** Uniform between ±1/√positions, so that what comes out is about as large as what goes in. */
export function convolutionWeights({ convolution, inner }: StateSpace, seed: number): Float32Array {
  const next = randomWords(seed);
  const scale = 1 / Math.sqrt(convolution);
  return Float32Array.from({ length: convolution * inner }, () => (next() / 0x7fffffff - 1) * scale);
}
