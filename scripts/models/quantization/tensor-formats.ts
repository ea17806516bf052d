/**
 * Which format each tensor of a model gets when the whole is called q4_0, q4_k_m, ..., and what the whole is called by the formats
 * of its tensors. The mixtures are llama.cpp's own (src/llama-quant.cpp, llama_tensor_get_type_impl), so that synthetic weights
 * cost the bytes that real ones cost; f32, f16, bf16, q8_0 and q4_0 are pure, as `llama-quantize --pure` makes them, because every
 * engine can run those.
 */
import type { ArchitectureName } from '../architectures/architecture.ts';
import type { ShapeTensor } from '../architectures/layer-tensors.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import { type GgufFile, numberField, type StoredTensor } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes, isGgmlType } from '../gguf/ggml-types.ts';
import { quantizationOfFileType } from '../quantization.ts';
import { isEncodedType } from './weight-encoding.ts';

/** The format of most matrices; every other mixture has one format and its name. */
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
  return fitting(isEncodedType(mixture) ? mixture : mixedFormat(mixture, tensor, model), tensor);
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
const fallbacks: ReadonlyArray<readonly [fallback: GgmlTypeName, of: readonly GgmlTypeName[]]> = [
  ['q5_0', ['q4_k']],
  ['q5_1', ['q5_k']],
  ['q8_0', ['q6_k']],
  ['q4_0', ['tq1_0', 'tq2_0']],
  ['iq4_nl', ['q3_k', 'q2_k', 'iq4_xs', 'iq3_s', 'iq3_xxs', 'iq2_s', 'iq2_xs', 'iq2_xxs', 'iq1_s', 'iq1_m']],
];

/** Whether a matrix that should be in `wanted` is in `type` because its rows are not whole blocks of `wanted`. */
function isFallback(type: GgmlTypeName, wanted: GgmlTypeName, shape: readonly number[]): boolean {
  return type !== wanted && fitting(wanted, { shape }) === type;
}

/** Rows that are not whole blocks get the fallback of llama.cpp, and at last f16. */
function fitting(type: GgmlTypeName, tensor: { shape: readonly number[] }): GgmlTypeName {
  const fits = (candidate: GgmlTypeName) => (tensor.shape[0] ?? 0) % ggmlTypes[candidate].blockElements === 0;
  if (fits(type)) return type;
  const [fallback] = fallbacks.find(([, formats]) => formats.includes(type)) ?? [];
  return fallback !== undefined && fits(fallback) ? fallback : 'f16';
}

export interface WeightFormat {
  /** The format in `general.file_type` if the matrices agree; otherwise the format that most of them have. */
  quantization: string;
  /** The format in `general.file_type` if most of the matrices are in another one; null if they agree. */
  mislabelled: { declared: string; declaredShare: number } | null;
}

/** Formats that most matrices get in a file of a type that is called otherwise (src/llama-quant.cpp of llama.cpp). */
const mainFormats: Readonly<Record<string, readonly GgmlTypeName[]>> = {
  iq3_m: ['iq3_s'],
  iq3_xs: ['iq3_s', 'iq3_xxs'],
  iq2_m: ['iq2_s'],
  iq2_s: ['iq2_xs', 'iq2_s'],
};

/** Tensor formats whose name is not that of a whole model. */
const modelNames: Partial<Record<GgmlTypeName, string>> = { q3_k: 'q3_k_m', q4_k: 'q4_k_m', q5_k: 'q5_k_m' };

export function weightFormat({ metadata, tensors }: GgufFile): WeightFormat {
  const matrices = deciding(tensors);
  const byType = new Map<GgmlTypeName, number>();
  for (const { type, elements } of matrices) byType.set(type, (byType.get(type) ?? 0) + elements);
  const [most] = [...byType].sort(([, a], [, b]) => b - a);
  const found = most === undefined ? 'f32' : (modelNames[most[0]] ?? most[0]);
  const fileType = numberField(metadata, 'general.file_type');
  const declared = fileType === undefined ? undefined : quantizationOfFileType(fileType);
  if (declared === undefined) return { quantization: found, mislabelled: null };
  const agreeing = matrices.filter((tensor) => belongsTo(tensor, declared));
  const declaredElements = sum(agreeing);
  const others = new Map(byType);
  for (const { type, elements } of agreeing) others.set(type, (others.get(type) ?? 0) - elements);
  if (declaredElements >= Math.max(0, ...others.values())) return { quantization: declared, mislabelled: null };
  return { quantization: found, mislabelled: { declared, declaredShare: declaredElements / sum(matrices) } };
}

function deciding(tensors: readonly StoredTensor[]): readonly StoredTensor[] {
  const matrices = tensors.filter(({ shape }) => shape.length > 1);
  const inLayers = matrices.filter(({ name }) => name.startsWith('blk.'));
  return inLayers.length > 0 ? inLayers : matrices.length > 0 ? matrices : tensors;
}

/** True for the format that the declared one means, or its fallback in llama.cpp where rows are not whole blocks of it. */
function belongsTo({ type, shape }: StoredTensor, declared: string): boolean {
  return mainFormatsOf(declared).some((main) => type === main || isFallback(type, main, shape));
}

function mainFormatsOf(declared: string): readonly GgmlTypeName[] {
  // q4_k_m, q4_k_s and the like have most matrices in q4_k.
  const main = declared.replace(/^(q\d_k)_[sml]$/, '$1');
  return mainFormats[declared] ?? (isGgmlType(main) ? [main] : []);
}

function sum(tensors: readonly StoredTensor[]): number {
  return tensors.reduce((total, { elements }) => total + elements, 0);
}
