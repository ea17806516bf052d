/**
 * Which format each tensor of a model gets when the whole is called q4_0, q4_k_m, ... The mixtures are llama.cpp's own
 * (src/llama-quant.cpp, llama_tensor_get_type_impl), so that synthetic weights cost the bytes that real ones cost; f32,
 * f16, bf16, q8_0 and q4_0 are pure, as `llama-quantize --pure` makes them, because every engine can run those.
 */
import type { ArchitectureName } from '../architectures/architecture.ts';
import type { ShapeTensor } from '../architectures/layer-tensors.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';

const pure = { f32: 'f32', f16: 'f16', bf16: 'bf16', q8_0: 'q8_0', q4_0: 'q4_0' } as const;
const mixed = { q6_k: 'q6_k', q5_k_m: 'q5_k', q4_k_m: 'q4_k' } as const;

/** Quantisations that synthetic weights are written in. */
export const mixtureNames = ['f32', 'f16', 'bf16', 'q8_0', 'q6_k', 'q5_k_m', 'q4_k_m', 'q4_0'] as const;
export type MixtureName = (typeof mixtureNames)[number];

export function isMixtureName(name: string): name is MixtureName {
  return mixtureNames.some((known) => known === name);
}

export interface MixtureModel {
  architecture: ArchitectureName;
  shape: ModelShape;
}

/** @returns the format of one tensor; 1-dimensional tensors, routers and tables beside the embedding stay f32, as in llama.cpp */
export function tensorFormat(mixture: MixtureName, tensor: ShapeTensor, model: MixtureModel): GgmlTypeName {
  if (tensor.role !== 'matrix' && tensor.role !== 'embedding' && tensor.role !== 'output') return 'f32';
  if (isPure(mixture)) return fitting(pure[mixture], tensor);
  return fitting(mixedFormat(mixture, tensor, model), tensor);
}

function isPure(mixture: MixtureName): mixture is keyof typeof pure {
  return Object.hasOwn(pure, mixture);
}

function mixedFormat(
  mixture: keyof typeof mixed,
  tensor: ShapeTensor,
  { architecture, shape }: MixtureModel,
): GgmlTypeName {
  const base = mixed[mixture];
  const falcon = architecture === 'falcon';
  const isOutput = tensor.role === 'output' || (tensor.role === 'embedding' && shape.tiedEmbeddings);
  if (isOutput) return !falcon && (tensor.shape[0] ?? 0) % ggmlTypes[base].blockElements === 0 ? 'q6_k' : 'q8_0';
  if (tensor.layer === undefined) return base;
  const is = (...names: string[]) => names.some((name) => tensor.name.endsWith(`${name}.weight`));
  if (shape.experts?.count === 8) {
    if (is('attn_v', 'attn_k')) return 'q8_0';
    if (is('attn_output') && mixture === 'q4_k_m') return 'q5_k';
  }
  if (mixture === 'q6_k') return base;
  const moreBits = getsMoreBits(tensor.layer, shape.layers);
  if (falcon && mixture === 'q4_k_m' && is('ffn_down')) {
    if (tensor.layer < Math.floor(shape.layers / 16)) return 'q6_k';
    return moreBits ? 'q5_k' : base;
  }
  if (moreBits && is('attn_v', 'attn_qkv', 'ffn_down', 'ffn_down_exps', 'ffn_down_shexp')) return 'q6_k';
  const seventyBillion = shape.layers === 80 && shape.heads !== shape.keyValueHeads;
  if (seventyBillion && base === 'q4_k' && tensor.name.endsWith('attn_v.weight')) return 'q5_k';
  return base;
}

/** The first and last eighth of the layers, and every third between. */
function getsMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** src/llama-quant.cpp, tensor_type_fallback. */
const fallbacks: Partial<Record<GgmlTypeName, GgmlTypeName>> = {
  ...{ q4_k: 'q5_0', q5_k: 'q5_1', q6_k: 'q8_0', q3_k: 'iq4_nl', q2_k: 'iq4_nl', iq4_xs: 'iq4_nl' },
  ...{ iq3_s: 'iq4_nl', iq3_xxs: 'iq4_nl', iq2_s: 'iq4_nl', iq2_xs: 'iq4_nl', iq2_xxs: 'iq4_nl' },
  ...{ iq1_s: 'iq4_nl', iq1_m: 'iq4_nl', tq1_0: 'q4_0', tq2_0: 'q4_0' },
};

/** Whether a matrix that should be in `wanted` is in `type` because its rows are no whole blocks of that. */
export function isFallback(type: GgmlTypeName, wanted: GgmlTypeName, shape: readonly number[]): boolean {
  return type !== wanted && fitting(wanted, { shape }) === type;
}

/** Rows that are not whole blocks get the fallback of llama.cpp, and at last f16. */
function fitting(type: GgmlTypeName, tensor: { shape: readonly number[] }): GgmlTypeName {
  const fits = (candidate: GgmlTypeName) => (tensor.shape[0] ?? 0) % ggmlTypes[candidate].blockElements === 0;
  if (fits(type)) return type;
  const fallback = fallbacks[type];
  return fallback !== undefined && fits(fallback) ? fallback : 'f16';
}
