/** The cost of one token: the weights that it is multiplied with, and what is cached for it. */
import { type ArchitectureName, architectures } from '../architectures/architecture.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import { shapeTensors } from '../architectures/shape-tensors.ts';
import { flagField, type GgufFile, numberArrayField, numberField } from './format.ts';
import { elementCount } from './ggml-types.ts';

export interface TokenCost {
  /** Weights that a token is multiplied with: experts by their share, and no table of which it reads a row. */
  activeParameters: number;
  /** Elements of keys and values that are cached for a position, all layers together: 2 × layers × heads × dimension. */
  kvElementsPerPosition: number;
  /** Numbers that a recurrent model carries along for a sequence, however long it is. */
  stateElements: number;
}

export function tokenCostOfShape(architecture: ArchitectureName, shape: ModelShape): TokenCost {
  const tensors = shapeTensors(architecture, shape);
  const traits = architectures[architecture];
  const share = activeShare({
    names: tensors.map(({ name }) => name),
    encoder: traits.kind === 'encoder',
    expertShare: shape.experts === undefined ? 1 : shape.experts.used / shape.experts.count,
  });
  return {
    activeParameters: Math.round(sum(tensors.map(({ name, shape: size }) => elementCount(size) * share(name)))),
    kvElementsPerPosition: traits.kind === 'decoder' ? 2 * shape.layers * shape.keyValueHeads * shape.headDimension : 0,
    stateElements: shape.stateSpace === undefined ? 0 : shape.layers * stateOfLayer({ ...shape.stateSpace, groups: 0 }),
  };
}

/** Layers of which only a window of positions is kept, and how many that are; null: there are none, or llama.cpp keeps all. */
export function windowOf(
  architecture: ArchitectureName,
  { layers, slidingWindow }: ModelShape,
): { layers: number; positions: number } | null {
  const { windowPattern } = architectures[architecture];
  if (windowPattern === null || slidingWindow === undefined) return null;
  return { layers: layers - Math.floor(layers / windowPattern), positions: slidingWindow.positions };
}

/** The cost according to the metadata, for any architecture, and the bytes of the weights that a token is multiplied with. */
export function tokenCostOfFile(file: GgufFile, architecture: string): TokenCost & { weightBytesPerToken: number } {
  const { metadata, tensors } = file;
  const count = (key: string) => numberField(metadata, `${architecture}.${key}`);
  const used = count('expert_used_count');
  const experts = count('expert_count');
  const encoder = flagField(metadata, `${architecture}.attention.causal`) === false;
  const share = activeShare({
    names: tensors.map(({ name }) => name),
    encoder,
    expertShare: used !== undefined && experts !== undefined && experts > 0 ? used / experts : 1,
  });
  // A list where layers differ.
  const perLayer = numberArrayField(metadata, `${architecture}.attention.head_count_kv`);
  return {
    activeParameters: Math.round(sum(tensors.map(({ name, elements }) => elements * share(name)))),
    weightBytesPerToken: Math.round(sum(tensors.map(({ name, bytes }) => bytes * share(name)))),
    kvElementsPerPosition: encoder ? 0 : kvElements(count, (key) => numbersOfLayers(file, architecture, key)),
    stateElements: stateElements(count, perLayer),
  };
}

type Count = (key: string) => number | undefined;

/** One number stands for every layer. */
function numbersOfLayers({ metadata }: GgufFile, architecture: string, key: string): readonly number[] | undefined {
  const name = `${architecture}.${key}`;
  const number = numberField(metadata, name);
  if (number === undefined) return numberArrayField(metadata, name);
  return Array.from({ length: numberField(metadata, `${architecture}.block_count`) ?? 0 }, () => number);
}

function kvElements(count: Count, ofLayers: (key: string) => readonly number[] | undefined): number {
  const heads = ofLayers('attention.head_count') ?? ofLayers('attention.head_count_kv') ?? [];
  const attending = heads.find((number) => number > 0);
  if (attending === undefined) return 0;
  const headDimension = (count('embedding_length') ?? 0) / attending;
  const keysAndValues =
    (count('attention.key_length') ?? headDimension) + (count('attention.value_length') ?? headDimension);
  return Math.round(sum(ofLayers('attention.head_count_kv') ?? heads) * keysAndValues);
}

function stateElements(count: Count, perLayer: readonly number[] | undefined): number {
  const inner = count('ssm.inner_size');
  const state = count('ssm.state_size');
  const convolution = count('ssm.conv_kernel');
  if (inner === undefined || state === undefined || convolution === undefined) return 0;
  const layers = perLayer === undefined ? (count('block_count') ?? 0) : perLayer.filter((heads) => heads === 0).length;
  return layers * stateOfLayer({ inner, state, convolution, groups: count('ssm.group_count') ?? 0 });
}

/** llama.cpp, src/llama-hparams.cpp, n_embd_r and n_embd_s: what the convolution still has to see, and the state itself. */
function stateOfLayer(size: { inner: number; state: number; convolution: number; groups: number }): number {
  return (size.convolution - 1) * (size.inner + 2 * size.groups * size.state) + size.state * size.inner;
}

/** @returns for the name of a tensor what part of it one token is multiplied with, from 0 to 1 */
function activeShare(model: { names: readonly string[]; encoder: boolean; expertShare: number }) {
  const embeddingIsOutput = !model.encoder && !model.names.includes('output.weight');
  return (name: string): number => {
    if (name === 'position_embd.weight' || name === 'token_types.weight') return 0;
    if (name === 'token_embd.weight' && !embeddingIsOutput) return 0;
    return name.includes('_exps.') ? model.expertShare : 1;
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
