/**
 * Makes another format of a model that is there in f32, f16 or bf16 (f32, f16, q8_0 or q4_0), once, into the cache. The bytes
 * are those of `llama-quantize --pure`: every matrix gets the format, a token embedding that is the output matrix too
 * included; 1-dimensional tensors and learned positions stay as they are.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { quantizeQ4_0, quantizeQ8_0 } from './block-quantization.ts';
import { makeOnce } from './exclusive-file.ts';
import { writeDigestNote } from './file-digest.ts';
import { type GgmlTypeName, ggmlTypes } from './ggml-types.ts';
import type { GgufField, GgufFile, GgufTensor } from './gguf-format.ts';
import { readGguf } from './gguf-reader.ts';
import { layOutGguf, writeGguf } from './gguf-writer.ts';
import { decodeBfloat16, decodeFloat16, float32ToFloat16 } from './half-precision.ts';
import { requireSpace } from './model-cache.ts';
import type { ModelProgress } from './model-progress.ts';
import { fileTypeOfQuantization } from './quantization.ts';

/** What can be made, and what it can be made from. */
export const quantizerTargets = ['f32', 'f16', 'q8_0', 'q4_0'] as const;
export type QuantizerTarget = (typeof quantizerTargets)[number];
const sources: readonly GgmlTypeName[] = ['f32', 'f16', 'bf16'];

export function isQuantizerTarget(name: string): name is QuantizerTarget {
  return quantizerTargets.some((target) => target === name);
}

/** True when every matrix of the file has its full precision. */
export function isQuantizable(file: GgufFile): boolean {
  return file.tensors.every(({ type }) => sources.includes(type));
}

/**
 * @param sha256 of the source file: part of the name, so that another source of the same name makes another file
 * @returns path of the complete file in `folder`
 */
export async function quantizeFile(
  source: GgufFile,
  sha256: string,
  target: QuantizerTarget,
  folder: string,
  progress: ModelProgress,
): Promise<string> {
  if (!isQuantizable(source)) {
    throw new UserError(`${source.path} is quantised already, and ${target} is made only from full precision`, {
      exitCode: exitCodes.usage,
      remedy: 'Use it as it is (--quantize default), or name an f16 file.',
    });
  }
  const stem = basename(source.path)
    .replace(/\.gguf$/i, '')
    .replace(/-(f32|f16|bf16)$/i, '');
  const path = join(folder, `${stem}-${target}-from-${sha256.slice(0, 8)}.gguf`);
  const shapes = source.tensors.map((tensor) => ({ ...tensor, type: targetFormat(tensor, target) }));
  const layout = layOutGguf(targetMetadata(source, target), shapes);
  const origins = new Map(source.tensors.map((tensor) => [tensor.name, tensor]));
  const label = `quantising ${basename(source.path)} to ${target}`;

  let made: string | undefined;
  await makeOnce(
    path,
    async () => isComplete(path, layout.fileBytes),
    async (temporary) => {
      requireSpace(path, layout.fileBytes);
      await using input = await open(source.path, 'r');
      await using output = await open(temporary, 'w');
      made = await writeGguf(
        output,
        layout,
        (tensor) => converted(input, origins.get(tensor.name) ?? tensor, tensor.type),
        (done) => progress({ label, done, total: layout.fileBytes }),
      );
    },
    () => progress({ label: `${label} (another process is at it)`, done: 0, total: layout.fileBytes }),
  );
  if (made !== undefined) await writeDigestNote(path, made, `quantised from ${source.path}`);
  return path;
}

async function isComplete(path: string, fileBytes: number): Promise<boolean> {
  try {
    return (await readGguf(path)).fileBytes === fileBytes;
  } catch {
    return false;
  }
}

function targetMetadata(source: GgufFile, target: QuantizerTarget): Map<string, GgufField> {
  const metadata = new Map(source.metadata);
  metadata.delete('general.alignment');
  metadata.set('general.file_type', { type: 'uint32', value: fileTypeOfQuantization(target) ?? 0 });
  metadata.set('general.quantization_version', { type: 'uint32', value: 2 });
  return metadata;
}

function targetFormat({ name, shape, type }: GgufTensor, target: QuantizerTarget): GgmlTypeName {
  const isMatrix = shape.length > 1 && name.endsWith('weight') && !name.endsWith('_norm.weight');
  if (target === 'f32') return 'f32';
  if (!isMatrix || name === 'position_embd.weight') return type;
  return (shape[0] ?? 0) % ggmlTypes[target].blockElements === 0 ? target : 'f16';
}

const pieceElements = 1 << 18;

/** The weights of a tensor in another format, piece by piece. */
async function* converted(input: FileHandle, from: GgufTensor, to: GgmlTypeName): AsyncIterable<Uint8Array> {
  const elementBytes = ggmlTypes[from.type].blockBytes;
  for (let done = 0; done < from.elements; done += pieceElements) {
    const count = Math.min(pieceElements, from.elements - done);
    const piece = new Uint8Array(count * elementBytes);
    const { bytesRead } = await input.read(piece, 0, piece.length, from.offset + done * elementBytes);
    if (bytesRead !== piece.length) throw new UserError(`the source became shorter while it was read`);
    yield from.type === to ? piece : encode(decode(piece, from.type), to);
  }
}

function decode(piece: Uint8Array, type: GgmlTypeName): Float32Array {
  switch (type) {
    case 'f32':
      return new Float32Array(piece.buffer);
    case 'f16':
      return decodeFloat16(new Uint16Array(piece.buffer));
    case 'bf16':
      return decodeBfloat16(new Uint16Array(piece.buffer));
    default:
      throw new RangeError(`${type} is not decoded`);
  }
}

function encode(weights: Float32Array, type: GgmlTypeName): Uint8Array {
  switch (type) {
    case 'f32':
      return new Uint8Array(weights.buffer);
    case 'f16':
      return new Uint8Array(Uint16Array.from(weights, float32ToFloat16).buffer);
    case 'q8_0':
      return quantizeQ8_0(weights);
    case 'q4_0':
      return quantizeQ4_0(weights);
    default:
      throw new RangeError(`${type} is not encoded`);
  }
}
