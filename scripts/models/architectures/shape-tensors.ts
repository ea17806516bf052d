/** Every tensor of a model of a given shape, in the order in which llama.cpp's converters write them. */
import { elementCount } from '../gguf/ggml-types.ts';
import { type ArchitectureName, architectures } from './architecture.ts';
import { bias, layerTensors, norm, type ShapeTensor } from './layer-tensors.ts';
import type { ModelShape } from './model-shape.ts';

export function shapeTensors(architecture: ArchitectureName, shape: ModelShape): ShapeTensor[] {
  const traits = architectures[architecture];
  const { embedding, vocabulary } = shape;
  const encoder = traits.kind === 'encoder';
  const tensors: ShapeTensor[] = [
    { name: 'token_embd.weight', shape: [embedding, vocabulary], role: 'embedding' },
    ...tables(shape),
    ...(encoder ? norm('token_embd_norm', embedding, traits) : []),
    ...ropeFactorTensors(shape),
  ];
  const layer = layerTensors(traits, shape);
  for (let index = 0; index < shape.layers; index++) {
    tensors.push(...layer.map((tensor) => ({ ...tensor, name: `blk.${index}.${tensor.name}`, layer: index })));
  }
  if (encoder) return tensors;
  tensors.push(...norm('output_norm', embedding, traits));
  if (!shape.tiedEmbeddings) tensors.push({ name: 'output.weight', shape: [embedding, vocabulary], role: 'output' });
  if (traits.outputBias) tensors.push(bias('output', vocabulary));
  return tensors;
}

export function parameterCountOfShape(architecture: ArchitectureName, shape: ModelShape): number {
  return shapeTensors(architecture, shape).reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
}

function tables({ embedding, contextLength, ropeBase, encoder, stateSpace }: ModelShape): ShapeTensor[] {
  const table = (name: string, rows: number): ShapeTensor => ({ name, shape: [embedding, rows], role: 'table' });
  return [
    ...(ropeBase === null && stateSpace === undefined ? [table('position_embd.weight', contextLength)] : []),
    ...(encoder === undefined ? [] : [table('token_types.weight', encoder.tokenTypes)]),
  ];
}

function ropeFactorTensors(shape: ModelShape): ShapeTensor[] {
  const width = [(shape.rotaryDimension ?? shape.headDimension) / 2];
  switch (shape.ropeScaling?.type) {
    case 'llama3':
      return [{ name: 'rope_freqs.weight', shape: width, role: 'rope-factors' }];
    case 'longrope':
      return [
        { name: 'rope_factors_long.weight', shape: width, role: 'rope-factors' },
        { name: 'rope_factors_short.weight', shape: width, role: 'rope-factors' },
      ];
    default:
      return [];
  }
}
