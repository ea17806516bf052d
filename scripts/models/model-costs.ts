/** The bytes and operations of one token of a model, by format: every tensor of its shape in the format that a file would have. */
import type { CostOfWeights, ModelCost } from '../results/model-costs.ts';
import { architectures } from './architectures/architecture.ts';
import type { ShapeTensor } from './architectures/layer-tensors.ts';
import { shapeTensors } from './architectures/shape-tensors.ts';
import { elementCount, tensorBytes } from './gguf/ggml-types.ts';
import { tokenCostOfShape } from './gguf/token-cost.ts';
import { type MixtureName, mixtureNames, tensorFormat } from './quantization/tensor-formats.ts';
import { parametersOf } from './registry.ts';
import type { RegisteredModel } from './registry-schema.ts';

export function modelCost(model: RegisteredModel): ModelCost {
  const { architecture, shape } = model;
  const { activeParameters, kvElementsPerPosition } = tokenCostOfShape(architecture, shape);
  return {
    ...{ id: model.id, name: model.name, size: model.size, algorithm: model.family },
    ...{ layers: shape.layers, embedding: shape.embedding, vocabulary: shape.vocabulary },
    ...{ parameters: parametersOf(model), activeParameters, kvElementsPerPosition },
    encoder: architectures[architecture].kind === 'encoder',
    formats: mixtureNames.map((quantize) => ({ quantize, weights: weightsOf(model, quantize) })),
  };
}

/** One entry for each part and format of tensors, in the order of their first tensor. */
function weightsOf(model: RegisteredModel, quantize: MixtureName): CostOfWeights[] {
  const found = new Map<string, CostOfWeights>();
  for (const tensor of shapeTensors(model.architecture, model.shape)) {
    const format = tensorFormat(quantize, tensor, model);
    const part = partOf(tensor, model);
    const share = part === 'table' ? 0 : expertShare(tensor, model);
    const parameters = elementCount(tensor.shape);
    const bytes = tensorBytes(format, tensor.shape) ?? 0;
    const name = `${part} ${format}`;
    const before = found.get(name) ?? { part, format, parameters: 0, bytes: 0, activeParameters: 0, activeBytes: 0 };
    found.set(name, {
      ...before,
      parameters: before.parameters + parameters,
      bytes: before.bytes + bytes,
      activeParameters: before.activeParameters + Math.round(parameters * share),
      activeBytes: before.activeBytes + Math.round(bytes * share),
    });
  }
  return [...found.values()];
}

function partOf({ role, layer }: ShapeTensor, { architecture, shape }: RegisteredModel): CostOfWeights['part'] {
  if (role === 'table') return 'table';
  if (role === 'output') return 'output';
  if (role !== 'embedding' || layer !== undefined) return 'layers';
  return shape.tiedEmbeddings && architectures[architecture].kind !== 'encoder' ? 'output' : 'table';
}

function expertShare({ name }: ShapeTensor, { shape: { experts } }: RegisteredModel): number {
  return experts !== undefined && name.includes('_exps.') ? experts.used / experts.count : 1;
}
