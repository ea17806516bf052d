/** The tensors of one layer, by what the layer does; the order is that of llama.cpp's converters. */
import type { Architecture } from './architecture.ts';
import type { ModelShape } from './model-shape.ts';

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

function matrix(name: string, inputs: number, outputs: number, hasBias: boolean): ShapeTensor[] {
  const weight: ShapeTensor = { name: `${name}.weight`, shape: [inputs, outputs], role: 'matrix' };
  return hasBias ? [weight, bias(name, outputs)] : [weight];
}

export function bias(name: string, width: number): ShapeTensor {
  return { name: `${name}.bias`, shape: [width], role: 'bias' };
}

export function layerTensors(traits: Architecture, shape: ModelShape): ShapeTensor[] {
  switch (traits.kind) {
    case 'decoder':
      return decoderLayer(traits, shape);
    case 'encoder':
      return encoderLayer(traits, shape);
    case 'state-space':
      return stateSpaceLayer(traits, shape);
  }
}

function decoderLayer(traits: Architecture, shape: ModelShape): ShapeTensor[] {
  const { embedding } = shape;
  return [
    ...norm('attn_norm', embedding, traits),
    ...(shape.separateNorms === true ? norm('attn_norm_2', embedding, traits) : []),
    ...attention(traits, shape),
    ...(traits.postNorms ? norm('post_attention_norm', embedding, traits) : []),
    ...(traits.sharedNorm ? [] : norm('ffn_norm', embedding, traits)),
    ...(shape.experts === undefined ? feedForward(traits, shape) : experts(shape.experts, embedding)),
    ...(traits.postNorms ? norm('post_ffw_norm', embedding, traits) : []),
  ];
}

/** The norms stand behind what they norm. */
function encoderLayer(traits: Architecture, shape: ModelShape): ShapeTensor[] {
  return [
    ...attention(traits, shape),
    ...norm('attn_output_norm', shape.embedding, traits),
    ...feedForward(traits, shape),
    ...norm('layer_output_norm', shape.embedding, traits),
  ];
}

function attention(traits: Architecture, shape: ModelShape): ShapeTensor[] {
  const { embedding, headDimension } = shape;
  const queries = shape.heads * headDimension;
  const keys = shape.keyValueHeads * headDimension;
  const biases = traits.biases || shape.attentionBias === true;
  const tensors = traits.fusedAttention
    ? matrix('attn_qkv', embedding, queries + 2 * keys, biases)
    : [
        ...matrix('attn_q', embedding, queries, biases),
        ...matrix('attn_k', embedding, keys, biases),
        ...matrix('attn_v', embedding, keys, biases),
      ];
  if (traits.queryKeyNorms !== 'none') {
    const whole = traits.queryKeyNorms === 'whole';
    tensors.push(...norm('attn_q_norm', whole ? queries : headDimension, traits));
    tensors.push(...norm('attn_k_norm', whole ? keys : headDimension, traits));
  }
  return [...tensors, ...matrix('attn_output', queries, embedding, traits.biases)];
}

function feedForward(traits: Architecture, { embedding, feedForward: width }: ModelShape): ShapeTensor[] {
  return [
    ...(traits.feedForward === 'gated' ? matrix('ffn_gate', embedding, width, false) : []),
    ...matrix('ffn_up', embedding, traits.feedForward === 'fused' ? 2 * width : width, traits.biases),
    ...matrix('ffn_down', width, embedding, traits.biases),
  ];
}

function experts(
  { count, feedForward: width, sharedFeedForward: shared }: NonNullable<ModelShape['experts']>,
  embedding: number,
): ShapeTensor[] {
  const ofAll = (name: string, inputs: number, outputs: number): ShapeTensor => ({
    name: `${name}.weight`,
    shape: [inputs, outputs, count],
    role: 'matrix',
  });
  const tensors: ShapeTensor[] = [
    { name: 'ffn_gate_inp.weight', shape: [embedding, count], role: 'router' },
    ofAll('ffn_gate_exps', embedding, width),
    ofAll('ffn_up_exps', embedding, width),
    ofAll('ffn_down_exps', width, embedding),
  ];
  if (shared === undefined) return tensors;
  return [
    ...tensors,
    { name: 'ffn_gate_inp_shexp.weight', shape: [embedding, 1], role: 'router' },
    ...matrix('ffn_gate_shexp', embedding, shared, false),
    ...matrix('ffn_up_shexp', embedding, shared, false),
    ...matrix('ffn_down_shexp', shared, embedding, false),
  ];
}

/** Mamba (Gu, Dao 2023, figure 3): into twice the channels, a convolution, the selective scan, and out. */
function stateSpaceLayer(traits: Architecture, { embedding, stateSpace }: ModelShape): ShapeTensor[] {
  if (stateSpace === undefined) throw new RangeError('a state-space model needs the numbers of its state');
  const { convolution, inner, state, timeStepRank } = stateSpace;
  return [
    ...norm('attn_norm', embedding, traits),
    ...matrix('ssm_in', embedding, 2 * inner, false),
    { name: 'ssm_conv1d.weight', shape: [convolution, inner], role: 'convolution' },
    bias('ssm_conv1d', inner),
    ...matrix('ssm_x', inner, timeStepRank + 2 * state, false),
    ...matrix('ssm_dt', timeStepRank, inner, false),
    { name: 'ssm_dt.bias', shape: [inner], role: 'time-step' },
    { name: 'ssm_a', shape: [state, inner], role: 'decay' },
    { name: 'ssm_d', shape: [inner], role: 'skip' },
    ...matrix('ssm_out', inner, embedding, false),
  ];
}
