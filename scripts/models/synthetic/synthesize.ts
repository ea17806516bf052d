/** Writes a model of random weights into the cache, once. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileNamePart } from '../../command-line/files/folders.ts';
import { shapeMetadata } from '../architectures/shape-metadata.ts';
import { shapeTensors } from '../architectures/shape-tensors.ts';
import { writeDigestNote } from '../file-digest.ts';
import { type GgufField, integer, text } from '../gguf/format.ts';
import { type GgufLayout, layOutGguf, makeGguf } from '../gguf/writer.ts';
import type { FreeBytes } from '../model-cache.ts';
import type { ModelProgress } from '../model-progress.ts';
import { type MixtureName, tensorFormat } from '../quantization/tensor-formats.ts';
import { fileTypeOfQuantization } from '../quantization.ts';
import { parametersOf } from '../registry.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { tokenizerMetadata } from './tokenizer.ts';
import { syntheticWeights } from './weights.ts';

function syntheticFileName(model: RegisteredModel, mixture: MixtureName, seed: number): string {
  return `synthetic-${fileNamePart(model.family)}-${fileNamePart(model.size)}-${mixture}-seed${seed}.gguf`;
}

/**
 * @param folder the model cache
 * @returns path of a complete file; the same seed gives the same bytes
 * @throws UserError when the disk has no room or cannot be written
 */
export async function synthesize(
  model: RegisteredModel,
  mixture: MixtureName,
  seed: number,
  folder: string,
  progress: ModelProgress,
  freeBytes?: FreeBytes,
): Promise<string> {
  const path = join(folder, syntheticFileName(model, mixture, seed));
  const layout = syntheticLayout(model, mixture, seed);
  const label = `writing synthetic weights: ${model.size} ${mixture}`;
  const weights = syntheticWeights(model, seed);
  const isReady = async () => beginsWith(path, layout);
  const sha256 = await makeGguf(path, layout, weights, label, isReady, progress, freeBytes);
  if (sha256 !== undefined) await writeDigestNote(path, sha256, `synthesized with seed ${seed}`);
  return path;
}

/** The head holds shape, seed and generator version: a file that begins with it and has its length is the right one. */
function beginsWith(path: string, layout: GgufLayout): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    if (fstatSync(file).size !== layout.fileBytes) return false;
    const head = Buffer.alloc(layout.head.length);
    readSync(file, head, 0, head.length, 0);
    return head.equals(layout.head);
  } finally {
    closeSync(file);
  }
}

/** Raised whenever other bytes are written for the same model and seed: older files are then written anew. */
const generatorVersion = 1;

function syntheticLayout(model: RegisteredModel, mixture: MixtureName, seed: number): GgufLayout {
  const metadata = new Map<string, GgufField>([
    ['general.architecture', text(model.architecture)],
    ['general.type', text('model')],
    ['general.name', text(syntheticName(model))],
    ['general.description', text('Random weights in the shape of the model, for measuring speed. The text is noise.')],
    ['general.file_type', integer(fileTypeOfQuantization(mixture) ?? 0)],
    ['general.quantization_version', integer(2)],
    ['tokenlap.synthetic.seed', { type: 'uint64', value: BigInt(seed) }],
    ['tokenlap.synthetic.generator', integer(generatorVersion)],
    ['tokenlap.synthetic.parameters', { type: 'uint64', value: BigInt(parametersOf(model)) }],
    ...shapeMetadata(model.architecture, model.shape),
    ...tokenizerMetadata(model.shape),
  ]);
  const tensors = shapeTensors(model.architecture, model.shape).map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    type: tensorFormat(mixture, tensor, model),
  }));
  return layOutGguf(metadata, tensors);
}

export function syntheticName(model: RegisteredModel): string {
  return `${model.name} (synthetic)`;
}
