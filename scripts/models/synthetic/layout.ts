/** Plans a GGUF file of random weights: everything of it but the weights. */

import { integer, shapeMetadata, text } from '../architectures/shape-metadata.ts';
import { shapeTensors } from '../architectures/shape-tensors.ts';
import type { GgufField } from '../gguf/format.ts';
import { type GgufLayout, layOutGguf } from '../gguf/writer.ts';
import { type MixtureName, tensorFormat } from '../quantization/tensor-formats.ts';
import { fileTypeOfQuantization } from '../quantization.ts';
import { parametersOf } from '../registry.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { tokenizerMetadata } from './tokenizer.ts';

/** Raised whenever other bytes are written for the same model and seed: older files are then written anew. */
const generatorVersion = 1;

export function syntheticLayout(model: RegisteredModel, mixture: MixtureName, seed: number): GgufLayout {
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
