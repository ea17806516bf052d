/**
 * In which format the weights of a file are: what `general.file_type` says is held against the matrices of the layers. They
 * decide, and not the embedding or the output matrix, which llama.cpp keeps in wider formats.
 */

import { isFallback } from '../quantization/tensor-formats.ts';
import { quantizationOfFileType } from '../quantization.ts';
import { type GgufFile, numberField, type StoredTensor } from './format.ts';
import { type GgmlTypeName, ggmlTypes } from './ggml-types.ts';

export interface WeightFormat {
  /** What `general.file_type` says, where the matrices agree; else the format that most of them have. */
  quantization: string;
  /** What `general.file_type` says although most of the matrices are in another format; null where they agree. */
  mislabelled: { declared: string; declaredShare: number } | null;
}

/** Formats that most matrices get in a file of a type that is called otherwise (src/llama-quant.cpp of llama.cpp). */
const mainFormats: Readonly<Record<string, readonly GgmlTypeName[]>> = {
  ...{ q5_k_m: ['q5_k'], q5_k_s: ['q5_k'], q4_k_m: ['q4_k'], q4_k_s: ['q4_k'] },
  ...{ q3_k_l: ['q3_k'], q3_k_m: ['q3_k'], q3_k_s: ['q3_k'], q2_k_s: ['q2_k'] },
  ...{ iq3_m: ['iq3_s'], iq3_xs: ['iq3_s', 'iq3_xxs'], iq2_m: ['iq2_s'], iq2_s: ['iq2_xs', 'iq2_s'] },
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

/** It has the format that the declared one means, or the one that llama.cpp takes where rows are no whole blocks of it. */
function belongsTo({ type, shape }: StoredTensor, declared: string): boolean {
  return mainFormatsOf(declared).some((main) => type === main || isFallback(type, main, shape));
}

function mainFormatsOf(declared: string): readonly GgmlTypeName[] {
  const listed = mainFormats[declared];
  if (listed !== undefined) return listed;
  return isTensorFormat(declared) ? [declared] : [];
}

function isTensorFormat(name: string): name is GgmlTypeName {
  return Object.hasOwn(ggmlTypes, name);
}

function sum(tensors: readonly StoredTensor[]): number {
  return tensors.reduce((total, { elements }) => total + elements, 0);
}
