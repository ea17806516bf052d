/** The metadata of a GGUF file for a shape, with the keys that llama.cpp's converters write. */
import { flag, type GgufFields, integer, optional, real, text } from '../gguf/format.ts';
import { type Architecture, type ArchitectureName, architectures } from './architecture.ts';
import type { ModelShape } from './model-shape.ts';

type Fields = Array<GgufFields[number]>;

/** Keys of numbers that a file has for every layer or for the whole, without the architecture before them. */
export const shapeKeys = {
  contextLength: 'context_length',
  embedding: 'embedding_length',
  layers: 'block_count',
  feedForward: 'feed_forward_length',
  heads: 'attention.head_count',
  keyValueHeads: 'attention.head_count_kv',
  headDimension: 'attention.key_length',
  rotaryDimension: 'rope.dimension_count',
  ropeBase: 'rope.freq_base',
  ropeFactor: 'rope.scaling.factor',
  originalContextLength: 'rope.scaling.original_context_length',
  window: 'attention.sliding_window',
  windowRopeBase: 'rope.freq_base_swa',
  attentionCap: 'attn_logit_softcapping',
  outputCap: 'final_logit_softcapping',
  parallelResidual: 'use_parallel_residual',
  experts: 'expert_count',
  expertsUsed: 'expert_used_count',
  pooling: 'pooling_type',
} as const;

export const stateSpaceKeys = {
  convolution: 'ssm.conv_kernel',
  inner: 'ssm.inner_size',
  state: 'ssm.state_size',
  timeStepRank: 'ssm.time_step_rank',
} as const;

export function normKey(norms: Architecture['norms']): string {
  return `attention.layer_norm_${norms === 'rms' ? 'rms_' : ''}epsilon`;
}

/** llama.h, enum llama_pooling_type. */
export const poolingTypes = { mean: 1, cls: 2, last: 3 } as const;

/** With keys that begin with the architecture's name. */
export function shapeMetadata(architecture: ArchitectureName, shape: ModelShape): Fields {
  const { norms } = architectures[architecture];
  const fields: Fields = [
    ['vocab_size', integer(shape.vocabulary)],
    [shapeKeys.contextLength, integer(shape.contextLength)],
    [shapeKeys.embedding, integer(shape.embedding)],
    [shapeKeys.layers, integer(shape.layers)],
    // Of a state-space model both are 0, and must be there all the same.
    [shapeKeys.feedForward, integer(shape.feedForward)],
    [shapeKeys.heads, integer(shape.heads)],
    [normKey(norms), real(shape.normEpsilon)],
    ...heads(shape),
    ...rotation(shape),
    ...experts(shape),
    ...stateSpace(shape),
    ...encoder(shape),
    ...specialties(architecture, shape),
  ];
  return fields.map(([key, field]) => [`${architecture}.${key}`, field]);
}

function heads({ heads: count, keyValueHeads, headDimension }: ModelShape): Fields {
  if (count === 0) return [];
  return [
    [shapeKeys.keyValueHeads, integer(keyValueHeads)],
    [shapeKeys.headDimension, integer(headDimension)],
    ['attention.value_length', integer(headDimension)],
  ];
}

function experts({ experts: mixture }: ModelShape): Fields {
  if (mixture === undefined) return [];
  return [
    [shapeKeys.experts, integer(mixture.count)],
    [shapeKeys.expertsUsed, integer(mixture.used)],
    ['expert_feed_forward_length', integer(mixture.feedForward)],
    ...optional('expert_shared_feed_forward_length', integer, mixture.sharedFeedForward),
  ];
}

function stateSpace({ stateSpace: numbers }: ModelShape): Fields {
  if (numbers === undefined) return [];
  return [
    [stateSpaceKeys.convolution, integer(numbers.convolution)],
    [stateSpaceKeys.inner, integer(numbers.inner)],
    [stateSpaceKeys.state, integer(numbers.state)],
    [stateSpaceKeys.timeStepRank, integer(numbers.timeStepRank)],
    ['ssm.dt_b_c_rms', flag(false)],
  ];
}

function encoder({ encoder: numbers }: ModelShape): Fields {
  if (numbers === undefined) return [];
  return [
    ['attention.causal', flag(false)],
    [shapeKeys.pooling, integer(poolingTypes[numbers.pooling])],
  ];
}

function rotation(shape: ModelShape): Fields {
  if (shape.ropeBase === null) return [];
  const fields: Fields = [
    [shapeKeys.rotaryDimension, integer(shape.rotaryDimension ?? shape.headDimension)],
    [shapeKeys.ropeBase, real(shape.ropeBase)],
  ];
  switch (shape.ropeScaling?.type) {
    case 'linear':
      fields.push(['rope.scaling.type', text('linear')], [shapeKeys.ropeFactor, real(shape.ropeScaling.factor)]);
      break;
    case 'longrope': {
      const original = shape.ropeScaling.originalContextLength;
      // transformers, modeling_rope_utils.py, _compute_longrope_parameters: the attention factor of a stretched context.
      const attentionFactor = Math.sqrt(1 + Math.log(shape.contextLength / original) / Math.log(original));
      fields.push(
        [shapeKeys.originalContextLength, integer(original)],
        ['rope.scaling.attn_factor', real(attentionFactor)],
      );
      break;
    }
    default: // Llama 3's scaling is a tensor, not a key.
  }
  return fields;
}

function specialties(architecture: ArchitectureName, shape: ModelShape): Fields {
  const { softCaps, parallelResidual } = shape;
  // llama.cpp's converter omits the window of a Mistral, which it stores as a llama.
  const slidingWindow = architecture === 'llama' ? undefined : shape.slidingWindow;
  return [
    ...optional(shapeKeys.parallelResidual, flag, architecture === 'gptneox' ? (parallelResidual ?? true) : undefined),
    // The layout of queries, keys and values in their common matrix, named after the author of the converter.
    ...optional('tensor_data_layout', text, architecture === 'falcon' ? 'jploski' : undefined),
    ...optional(shapeKeys.window, integer, slidingWindow?.positions),
    ...optional(shapeKeys.windowRopeBase, real, slidingWindow?.ropeBase),
    ...optional(shapeKeys.attentionCap, real, softCaps?.attention),
    ...optional(shapeKeys.outputCap, real, softCaps?.output),
  ];
}
