/** The random weights of a planned file, tensor by tensor, in pieces. */

import { type ModelShape, ropeFactors } from '../architectures/model-shape.ts';
import { shapeTensors } from '../architectures/shape-tensors.ts';
import type { GgufTensor } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { isRandomBlockType, type RandomBlockType, randomBlockPool, randomWords } from './random-blocks.ts';

/** @returns a function that gives the bytes of a tensor of the model's synthetic layout; call it in the file's order */
export function syntheticWeights(model: RegisteredModel, seed: number): (tensor: GgufTensor) => Iterable<Uint8Array> {
  const pools = new Map<RandomBlockType, Uint8Array>();
  const roles = new Map(shapeTensors(model.architecture, model.shape).map(({ name, role }) => [name, role]));
  const next = randomWords(seed);
  return (tensor) => {
    switch (roles.get(tensor.name)) {
      case 'norm':
      case 'skip':
        return [floats(new Float32Array(tensor.elements).fill(1))];
      case 'rope-factors':
        return [floats(ropeFactors(model.shape, tensor.name))];
      case 'decay':
        return [floats(decays(stateSpaceOf(model)))];
      case 'time-step':
        return [floats(timeSteps(stateSpaceOf(model)))];
      case 'convolution':
        return [floats(convolutionWeights(stateSpaceOf(model), next()))];
      default: {
        const type = randomType(tensor.type);
        const pool = pools.get(type) ?? randomBlockPool(type, seed);
        pools.set(type, pool);
        return turnsThrough(pool, tensor, next());
      }
    }
  };
}

function stateSpaceOf({ shape, name }: RegisteredModel): NonNullable<RegisteredModel['shape']['stateSpace']> {
  if (shape.stateSpace !== undefined) return shape.stateSpace;
  throw new RangeError(`${name} has no state`);
}

function floats(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function randomType(type: GgmlTypeName): RandomBlockType {
  if (isRandomBlockType(type)) return type;
  throw new RangeError(`no random weights can be made in ${type}`);
}

function* turnsThrough(pool: Uint8Array, tensor: GgufTensor, random: number): Iterable<Uint8Array> {
  const { blockBytes } = ggmlTypes[tensor.type];
  let at = (random % (pool.length / blockBytes)) * blockBytes;
  for (let left = tensor.bytes; left > 0; ) {
    const piece = pool.subarray(at, at + left);
    yield piece;
    left -= piece.length;
    at = 0;
  }
}

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
