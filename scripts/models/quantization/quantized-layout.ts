/**
 * Which format each tensor of a file gets when the whole is made into f32, f16, bf16, q8_0 or q4_0: as
 * `llama-quantize --pure` has it (llama.cpp, src/llama-quant.cpp, tensor_allows_quantization and tensor_type_fallback).
 * Every matrix gets the format, a token embedding that is the output matrix too included; 1-dimensional tensors, learned
 * positions, routers of experts and short convolutions stay as they are.
 */

import type { GgufField, GgufFile, GgufTensor } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { splitKeys } from '../gguf/split.ts';
import { type GgufLayout, layOutGguf } from '../gguf/writer.ts';
import { fileTypeOfQuantization } from '../quantization.ts';
import { type EncodedType, encodedTypes, isDecodedType } from './weight-conversion.ts';

/** Formats that a file in full precision can be made into here. */
export const quantizerTargets: readonly EncodedType[] = encodedTypes;
export type QuantizerTarget = EncodedType;

export { isEncodedType as isQuantizerTarget } from './weight-conversion.ts';

/** True when every matrix of the file has its full precision. */
export function isQuantizable(file: GgufFile): boolean {
  return file.tensors.every(({ type }) => isDecodedType(type));
}

/** @param additions keys that the file gets besides those of its source */
export function quantizedLayout(
  source: GgufFile,
  target: QuantizerTarget,
  additions: ReadonlyArray<[key: string, field: GgufField]> = [],
): GgufLayout {
  const metadata = new Map(source.metadata);
  for (const key of ['general.alignment', ...splitKeys]) metadata.delete(key);
  metadata.set('general.file_type', { type: 'uint32', value: fileTypeOfQuantization(target) ?? 0 });
  metadata.set('general.quantization_version', { type: 'uint32', value: 2 });
  for (const [key, field] of additions) metadata.set(key, field);
  return layOutGguf(
    metadata,
    source.tensors.map((tensor) => ({ ...tensor, type: targetFormat(tensor, target) })),
  );
}

/** Parts of the names of matrices that are not quantised. */
const keptNames = ['ffn_gate_inp.weight', 'ssm_conv1d', 'shortconv.conv.weight', 'attn_rel_b.weight', '.position_embd'];
const keptTensors = ['position_embd.weight', 'token_types.weight'];

function targetFormat({ name, shape, type }: GgufTensor, target: QuantizerTarget): GgmlTypeName {
  if (target === 'f32') return 'f32';
  const isMatrix = shape.length > 1 && name.endsWith('weight') && !name.includes('_norm.weight');
  if (!isMatrix || keptTensors.includes(name) || keptNames.some((part) => name.includes(part))) return type;
  return (shape[0] ?? 0) % ggmlTypes[target].blockElements === 0 ? target : 'f16';
}
