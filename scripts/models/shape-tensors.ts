/** Every tensor of a model of a given shape, in the order in which llama.cpp's converters write them. */
import { type Architecture, type ArchitectureName, architectures } from './architectures.ts';
import { elementCount } from './ggml-types.ts';
import type { ModelShape } from './model-shape.ts';

/** What a tensor is for: its numbers and, for matrices, its format depend on it. */
type TensorRole = 'embedding' | 'positions' | 'output' | 'matrix' | 'norm' | 'bias' | 'rope-factors';

export interface ShapeTensor {
  name: string;
  /** Row width first. */
  shape: readonly number[];
  role: TensorRole;
  /** Layer of a `blk.N` tensor. */
  layer?: number;
}

export function shapeTensors(architecture: ArchitectureName, shape: ModelShape): ShapeTensor[] {
  const traits = architectures[architecture];
  const { embedding, vocabulary } = shape;
  const tensors: ShapeTensor[] = [{ name: 'token_embd.weight', shape: [embedding, vocabulary], role: 'embedding' }];
  if (shape.ropeBase === null) {
    tensors.push({ name: 'position_embd.weight', shape: [embedding, shape.contextLength], role: 'positions' });
  }
  tensors.push(...ropeFactorTensors(shape));
  for (let layer = 0; layer < shape.layers; layer++) {
    tensors.push(...layerTensors(traits, shape).map((tensor) => inLayer(tensor, layer)));
  }
  tensors.push(...norm('output_norm', embedding, traits));
  if (!shape.tiedEmbeddings) tensors.push({ name: 'output.weight', shape: [embedding, vocabulary], role: 'output' });
  return tensors;
}

export function parameterCountOfShape(architecture: ArchitectureName, shape: ModelShape): number {
  return shapeTensors(architecture, shape).reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
}

function inLayer(tensor: ShapeTensor, layer: number): ShapeTensor {
  return { ...tensor, name: `blk.${layer}.${tensor.name}`, layer };
}

function layerTensors(traits: Architecture, shape: ModelShape): ShapeTensor[] {
  const { embedding, feedForward, headDimension } = shape;
  const queries = shape.heads * headDimension;
  const keys = shape.keyValueHeads * headDimension;
  const tensors = [...norm('attn_norm', embedding, traits)];
  const biases = traits.biasesEverywhere || shape.attentionBias === true;
  if (traits.fusedAttention) {
    tensors.push(...matrix('attn_qkv', embedding, queries + 2 * keys, biases));
  } else {
    tensors.push(...matrix('attn_q', embedding, queries, biases));
    tensors.push(...matrix('attn_k', embedding, keys, biases));
    tensors.push(...matrix('attn_v', embedding, keys, biases));
  }
  if (traits.queryKeyNorms) {
    tensors.push(...norm('attn_q_norm', headDimension, traits), ...norm('attn_k_norm', headDimension, traits));
  }
  tensors.push(...matrix('attn_output', queries, embedding, traits.biasesEverywhere));
  if (traits.postNorms) tensors.push(...norm('post_attention_norm', embedding, traits));
  tensors.push(...norm('ffn_norm', embedding, traits));
  if (traits.feedForward === 'gated') tensors.push(...matrix('ffn_gate', embedding, feedForward, false));
  const upWidth = traits.feedForward === 'fused' ? 2 * feedForward : feedForward;
  tensors.push(...matrix('ffn_up', embedding, upWidth, traits.biasesEverywhere));
  tensors.push(...matrix('ffn_down', feedForward, embedding, traits.biasesEverywhere));
  if (traits.postNorms) tensors.push(...norm('post_ffw_norm', embedding, traits));
  return tensors;
}

function norm(name: string, width: number, traits: Architecture): ShapeTensor[] {
  const weight: ShapeTensor = { name: `${name}.weight`, shape: [width], role: 'norm' };
  return traits.biasesEverywhere ? [weight, { name: `${name}.bias`, shape: [width], role: 'bias' }] : [weight];
}

function matrix(name: string, inputs: number, outputs: number, bias: boolean): ShapeTensor[] {
  const weight: ShapeTensor = { name: `${name}.weight`, shape: [inputs, outputs], role: 'matrix' };
  return bias ? [weight, { name: `${name}.bias`, shape: [outputs], role: 'bias' }] : [weight];
}

function ropeFactorTensors(shape: ModelShape): ShapeTensor[] {
  const width = [shape.headDimension / 2];
  switch (shape.ropeScaling?.type) {
    case 'llama3':
      return [{ name: 'rope_freqs.weight', shape: width, role: 'rope-factors' }];
    case 'longrope':
      return [
        { name: 'rope_factors_long.weight', shape: width, role: 'rope-factors' },
        { name: 'rope_factors_short.weight', shape: width, role: 'rope-factors' },
      ];
    default:
      return [];
  }
}
