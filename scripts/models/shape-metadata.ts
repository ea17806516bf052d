/** The metadata of a GGUF file for a shape: what llama.cpp has to be told, in the words of its converters. */
import { type ArchitectureName, architectures } from './architectures.ts';
import type { GgufField } from './gguf-format.ts';
import type { ModelShape } from './model-shape.ts';

type Fields = Array<[key: string, field: GgufField]>;

export function integer(value: number): GgufField {
  return { type: 'uint32', value };
}
function real(value: number): GgufField {
  return { type: 'float32', value };
}
export function text(value: string): GgufField {
  return { type: 'string', value };
}

/** Keys that begin with the architecture's name. */
export function shapeMetadata(architecture: ArchitectureName, shape: ModelShape): Fields {
  const epsilonKey = architectures[architecture].biasesEverywhere ? 'layer_norm_epsilon' : 'layer_norm_rms_epsilon';
  const fields: Fields = [
    ['vocab_size', integer(shape.vocabulary)],
    ['context_length', integer(shape.contextLength)],
    ['embedding_length', integer(shape.embedding)],
    ['block_count', integer(shape.layers)],
    ['feed_forward_length', integer(shape.feedForward)],
    ['attention.head_count', integer(shape.heads)],
    ['attention.head_count_kv', integer(shape.keyValueHeads)],
    ['attention.key_length', integer(shape.headDimension)],
    ['attention.value_length', integer(shape.headDimension)],
    [`attention.${epsilonKey}`, real(shape.normEpsilon)],
    ...rotation(shape),
    ...specialties(shape),
  ];
  return fields.map(([key, field]) => [`${architecture}.${key}`, field]);
}

function rotation(shape: ModelShape): Fields {
  if (shape.ropeBase === null) return [];
  const fields: Fields = [
    ['rope.dimension_count', integer(shape.headDimension)],
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

function specialties({ slidingWindow, softCaps }: ModelShape): Fields {
  const fields: Fields = [];
  if (slidingWindow !== undefined) fields.push(['attention.sliding_window', integer(slidingWindow.positions)]);
  if (slidingWindow?.ropeBase !== undefined) fields.push(['rope.freq_base_swa', real(slidingWindow.ropeBase)]);
  if (softCaps !== undefined) {
    fields.push(['attn_logit_softcapping', real(softCaps.attention)]);
    fields.push(['final_logit_softcapping', real(softCaps.output)]);
  }
  return fields;
}
