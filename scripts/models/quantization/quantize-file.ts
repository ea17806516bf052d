/** Makes another format of a model, once, into the cache. */
import { basename, join } from 'node:path';
import { type UserError, usageError } from '../../command-line/errors.ts';
import { type Lineage, type LineageStep, ownStep, withStep } from '../../log/lineage.ts';
import { lineageOf, readDigestNote, writeDigestNote } from '../file-digest.ts';
import type { GgufField, GgufFile, GgufTensor } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { readGguf } from '../gguf/reader.ts';
import { splitKeys, wholeName } from '../gguf/split.ts';
import { type GgufLayout, layOutGguf, makeGguf, writeGguf } from '../gguf/writer.ts';
import type { ModelProgress } from '../model-progress.ts';
import { fileTypeOfQuantization } from '../quantization.ts';
import { convertedTensor, isDecodable, isFullType, WeightFiles } from './weight-conversion.ts';
import { type EncodedType, encodedTypes } from './weight-encoding.ts';

/**
 * @param sha256 of the source file: part of the name, so that another source of the same name makes another file
 * @returns path of the complete file in `folder`
 */
export async function quantizeFile(
  source: GgufFile,
  sha256: string,
  target: EncodedType,
  folder: string,
  progress: ModelProgress,
): Promise<string> {
  if (!formatsMadeOf(source, target).includes(target)) throw requantizing(source, target);
  const path = join(folder, `${stemOf(source.path)}-${target}-from-${sha256.slice(0, 8)}.gguf`);
  const layout = quantizedLayout(source, target);
  const label = `quantising ${basename(source.path)} to ${target}`;

  await using files = new WeightFiles();
  const isReady = () => isComplete(path, layout.fileBytes);
  const made = await makeGguf(path, layout, quantizedWeights(source, files), label, isReady, progress);
  const lineage = withStep(lineageOf(source.path, sha256, source.metadata), quantizeStep(sha256, target));
  if (made !== undefined) await writeDigestNote(path, made, `quantised from ${source.path}`, lineage);
  else await addLineage(path, lineage);
  return path;
}

/**
 * @param sha256 of the source
 * @param again the source is quantised already
 */
export function quantizeStep(sha256: string, target: EncodedType, again = false): LineageStep {
  return ownStep('quantize', sha256, { to: target, pure: true, ...(again ? { allowRequantize: true } : {}) });
}

/** Files that were made before lineages were recorded get theirs now. */
async function addLineage(path: string, lineage: Lineage): Promise<void> {
  const note = readDigestNote(path);
  if (note === undefined || note.lineage !== undefined) return;
  await writeDigestNote(path, note.sha256, note.origin, lineage);
}

/** 'model' of '/models/model-f16.gguf'. */
export function stemOf(path: string): string {
  return wholeName(basename(path))
    .replace(/\.gguf$/i, '')
    .replace(/[-.](f32|f16|bf16)$/i, '');
}

function requantizing(source: GgufFile, target: string): UserError {
  return usageError(
    `${source.path} is quantised already, and ${target} is made only from full precision`,
    'Use it as it is (--quantize default), or name an f16 file.',
  );
}

/**
 * Formats that are made of a file when one of them is wanted: all that are encoded here from full precision. Quantised weights
 * would lose precision twice; their values are written out as f32, which holds them exactly, for whoever asks for f32.
 * @param asked `--quantize`
 */
export function formatsMadeOf(file: GgufFile, asked: string): readonly EncodedType[] {
  if (isFullPrecision(file)) return encodedTypes;
  return (asked === 'f32' || asked === 'float32') && isReadable(file) ? ['f32'] : [];
}

/** True when the values of all weights can be read. */
export function isReadable(file: GgufFile): boolean {
  return file.tensors.every(({ type }) => isDecodable(type));
}

/**
 * @param layout what `quantizedLayout` made of the source
 * @param progress bytes of the new file that are written
 * @returns sha256 of the new file
 */
export async function writeQuantized(
  source: GgufFile,
  layout: GgufLayout,
  path: string,
  progress: (doneBytes: number) => void,
): Promise<string> {
  await using files = new WeightFiles();
  return await writeGguf(path, layout, quantizedWeights(source, files), progress);
}

function quantizedWeights(source: GgufFile, files: WeightFiles) {
  const origins = new Map(source.tensors.map((tensor) => [tensor.name, tensor]));
  return ({ name, type }: GgufTensor) => {
    const origin = origins.get(name);
    if (origin === undefined) throw new RangeError(`${name} is not in ${source.path}`);
    return convertedTensor(files, origin, type);
  };
}

async function isComplete(path: string, fileBytes: number): Promise<boolean> {
  try {
    return (await readGguf(path)).fileBytes === fileBytes;
  } catch {
    return false;
  }
}

/** True when every matrix of the file has its full precision. */
export function isFullPrecision(file: GgufFile): boolean {
  return file.tensors.every(({ type }) => isFullType(type));
}

/**
 * Gives every tensor the format that it has in a file of f32, f16, bf16, q8_0 or q4_0: as `llama-quantize --pure` does
 * (llama.cpp, src/llama-quant.cpp, tensor_allows_quantization and tensor_type_fallback). Every matrix gets the format, a token
 * embedding that is the output matrix too included; 1-dimensional tensors, learned positions, routers of experts and short
 * convolutions stay as they are.
 * @param additions keys that the file gets in addition to those of its source
 */
export function quantizedLayout(
  source: GgufFile,
  target: EncodedType,
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

function targetFormat({ name, shape, type }: GgufTensor, target: EncodedType): GgmlTypeName {
  if (target === 'f32') return 'f32';
  const isMatrix = shape.length > 1 && name.endsWith('weight') && !name.includes('_norm.weight');
  if (!isMatrix || keptTensors.includes(name) || keptNames.some((part) => name.includes(part))) return type;
  return (shape[0] ?? 0) % ggmlTypes[target].blockElements === 0 ? target : 'f16';
}
