/** A tensor of a shape: its name and size, and what it is for. */
import type { Architecture } from './architectures.ts';

/** Its numbers and, for matrices, its format depend on it. */
type TensorRole =
  | 'embedding'
  /** Other tables of which a row is read: learned positions, kinds of text. */
  | 'table'
  | 'output'
  | 'matrix'
  /** A small matrix that decides too much to lose precision. */
  | 'router'
  | 'norm'
  | 'bias'
  | 'rope-factors'
  | 'convolution'
  /** Of a state-space layer: how fast each number of the state fades, how long a step is, and what passes by the state. */
  | 'decay'
  | 'time-step'
  | 'skip';

export interface ShapeTensor {
  name: string;
  /** Row width first; of experts, the matrices of all lie behind each other. */
  shape: readonly number[];
  role: TensorRole;
  /** Layer of a `blk.N` tensor. */
  layer?: number;
}

export function norm(name: string, width: number, { norms }: Pick<Architecture, 'norms'>): ShapeTensor[] {
  const weight: ShapeTensor = { name: `${name}.weight`, shape: [width], role: 'norm' };
  return norms === 'layer' ? [weight, bias(name, width)] : [weight];
}

export function matrix(name: string, inputs: number, outputs: number, hasBias: boolean): ShapeTensor[] {
  const weight: ShapeTensor = { name: `${name}.weight`, shape: [inputs, outputs], role: 'matrix' };
  return hasBias ? [weight, bias(name, outputs)] : [weight];
}

export function bias(name: string, width: number): ShapeTensor {
  return { name: `${name}.bias`, shape: [width], role: 'bias' };
}
