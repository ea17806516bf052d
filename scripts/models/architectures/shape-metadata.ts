/** The metadata of a GGUF file for a shape, with the keys that llama.cpp's converters write. */
import { flag, type GgufFields, integer, real, text } from '../gguf/format.ts';
import { type ArchitectureName, architectures } from './architecture.ts';
import type { ModelShape } from './model-shape.ts';

type Fields = Array<GgufFields[number]>;

/** Keys that begin with the architecture's name. */
export function shapeMetadata(architecture: ArchitectureName, shape: ModelShape): Fields {
  const { norms } = architectures[architecture];
  const fields: Fields = [
    ['vocab_size', integer(shape.vocabulary)],
    ['context_length', integer(shape.contextLength)],
    ['embedding_length', integer(shape.embedding)],
    ['block_count', integer(shape.layers)],
    // Of a state-space model both are 0, and must be there all the same.
    ['feed_forward_length', integer(shape.feedForward)],
    ['attention.head_count', integer(shape.heads)],
    [`attention.layer_norm_${norms === 'rms' ? 'rms_' : ''}epsilon`, real(shape.normEpsilon)],
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
    ['attention.head_count_kv', integer(keyValueHeads)],
    ['attention.key_length', integer(headDimension)],
    ['attention.value_length', integer(headDimension)],
  ];
}

function experts({ experts: mixture }: ModelShape): Fields {
  if (mixture === undefined) return [];
  const shared: Fields =
    mixture.sharedFeedForward === undefined
      ? []
      : [['expert_shared_feed_forward_length', integer(mixture.sharedFeedForward)]];
  return [
    ['expert_count', integer(mixture.count)],
    ['expert_used_count', integer(mixture.used)],
    ['expert_feed_forward_length', integer(mixture.feedForward)],
    ...shared,
  ];
}

function stateSpace({ stateSpace: numbers }: ModelShape): Fields {
  if (numbers === undefined) return [];
  return [
    ['ssm.conv_kernel', integer(numbers.convolution)],
    ['ssm.inner_size', integer(numbers.inner)],
    ['ssm.state_size', integer(numbers.state)],
    ['ssm.time_step_rank', integer(numbers.timeStepRank)],
    ['ssm.dt_b_c_rms', flag(false)],
  ];
}

/** llama.h, enum llama_pooling_type. */
const poolingTypes = { mean: 1, cls: 2, last: 3 } as const;

function encoder({ encoder: numbers }: ModelShape): Fields {
  if (numbers === undefined) return [];
  return [
    ['attention.causal', flag(false)],
    ['pooling_type', integer(poolingTypes[numbers.pooling])],
  ];
}

function rotation(shape: ModelShape): Fields {
  if (shape.ropeBase === null) return [];
  const fields: Fields = [
    ['rope.dimension_count', integer(shape.rotaryDimension ?? shape.headDimension)],
    ['rope.freq_base', real(shape.ropeBase)],
  ];
  switch (shape.ropeScaling?.type) {
    case 'linear':
      fields.push(['rope.scaling.type', text('linear')], ['rope.scaling.factor', real(shape.ropeScaling.factor)]);
      break;
    case 'longrope': {
      const original = shape.ropeScaling.originalContextLength;
      // transformers, modeling_rope_utils.py, _compute_longrope_parameters: the attention factor of a stretched context.
      const attentionFactor = Math.sqrt(1 + Math.log(shape.contextLength / original) / Math.log(original));
      fields.push(
        ['rope.scaling.original_context_length', integer(original)],
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
  const fields: Fields = [];
  if (architecture === 'gptneox') fields.push(['use_parallel_residual', flag(parallelResidual ?? true)]);
  // The layout of queries, keys and values in their common matrix, named after the author of the converter.
  if (architecture === 'falcon') fields.push(['tensor_data_layout', text('jploski')]);
  // llama.cpp's converter omits the window of a Mistral, which it stores as a llama.
  const slidingWindow = architecture === 'llama' ? undefined : shape.slidingWindow;
  if (slidingWindow !== undefined) fields.push(['attention.sliding_window', integer(slidingWindow.positions)]);
  if (slidingWindow?.ropeBase !== undefined) fields.push(['rope.freq_base_swa', real(slidingWindow.ropeBase)]);
  if (softCaps !== undefined) {
    fields.push(['attn_logit_softcapping', real(softCaps.attention)]);
    fields.push(['final_logit_softcapping', real(softCaps.output)]);
  }
  return fields;
}
