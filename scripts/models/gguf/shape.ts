/** The shape of the model in a GGUF file: the same numbers that the registry has of a known model. */
import { type ArchitectureName, architectures, isArchitecture } from '../architectures/architecture.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import { normKey, poolingTypes, shapeKeys, stateSpaceKeys } from '../architectures/shape-metadata.ts';
import { flagField, type GgufMetadata, layersNumberField, textField } from './format.ts';

export interface FileShape {
  architecture: ArchitectureName;
  shape: ModelShape;
}

/** Names and shapes are enough. */
interface Tensors {
  metadata: GgufMetadata;
  tensors: ReadonlyArray<{ name: string; shape: readonly number[] }>;
}

/**
 * @param template whose tensors it has, where that is another architecture than its own
 * @returns undefined for architectures without a template, for files that lack what theirs needs, and for those whose layers differ
 */
export function shapeOfGguf(file: Tensors, template?: ArchitectureName): FileShape | undefined {
  const prefix = textField(file.metadata, 'general.architecture');
  const architecture = template ?? prefix;
  if (prefix === undefined || !isArchitecture(architecture)) return undefined;
  const { kind } = architectures[architecture];
  const keys = keysOf(file, prefix);
  if (keys.layersDiffer) return undefined;
  const layers = keys.number(shapeKeys.layers);
  const embedding = keys.number(shapeKeys.embedding);
  const vocabulary = file.tensors.find(({ name }) => name === 'token_embd.weight')?.shape[1];
  const normEpsilon = keys.number(normKey('rms')) ?? keys.number(normKey('layer'));
  const heads = keys.number(shapeKeys.heads) ?? 0;
  if (layers === undefined || embedding === undefined || vocabulary === undefined || normEpsilon === undefined) {
    return undefined;
  }
  const headDimension = keys.number(shapeKeys.headDimension) ?? (heads === 0 ? 0 : embedding / heads);
  const positions = keys.has('position_embd.weight');
  const ropeBase = positions || kind === 'state-space' ? null : (keys.number(shapeKeys.ropeBase) ?? defaultRopeBase);
  const shape: ModelShape = {
    ...{ layers, embedding, vocabulary, normEpsilon, heads, headDimension, ropeBase },
    feedForward: keys.number(shapeKeys.feedForward) ?? 0,
    keyValueHeads: keys.number(shapeKeys.keyValueHeads) ?? heads,
    contextLength: keys.number(shapeKeys.contextLength) ?? 0,
    tiedEmbeddings: !keys.has('output.weight'),
    ...specialties(keys, headDimension),
    ...experts(keys),
    ...stateSpace(keys),
  };
  if (keys.has('blk.0.attn_norm_2.weight')) shape.separateNorms = true;
  if (!architectures[architecture].biases && keys.has('blk.0.attn_q.bias')) shape.attentionBias = true;
  const tokenTypes = keys.shapeOf('token_types.weight')?.[1];
  if (tokenTypes !== undefined) shape.encoder = { tokenTypes, pooling: poolingOf(keys.number(shapeKeys.pooling)) };
  return { architecture, shape };
}

/** llama.cpp's, where the file has none. */
const defaultRopeBase = 10_000;

/** May be lists with a number for each layer. */
const perLayerKeys = [shapeKeys.heads, shapeKeys.keyValueHeads, shapeKeys.feedForward];

interface Keys {
  number(key: string): number | undefined;
  /** Heads or widths are lists of different numbers. */
  layersDiffer: boolean;
  flag(key: string): boolean | undefined;
  has(tensor: string): boolean;
  shapeOf(tensor: string): readonly number[] | undefined;
}

function keysOf({ metadata, tensors }: Tensors, architecture: string): Keys {
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  return {
    number: (key) => layersNumberField(metadata, `${architecture}.${key}`),
    layersDiffer: perLayerKeys.some((key) => {
      const name = `${architecture}.${key}`;
      return metadata.has(name) && layersNumberField(metadata, name) === undefined;
    }),
    flag: (key) => flagField(metadata, `${architecture}.${key}`),
    has: (name) => shapes.has(name),
    shapeOf: (name) => shapes.get(name),
  };
}

function specialties(keys: Keys, headDimension: number): Partial<ModelShape> {
  const rotary = keys.number(shapeKeys.rotaryDimension);
  const window = keys.number(shapeKeys.window);
  const windowBase = keys.number(shapeKeys.windowRopeBase);
  const attention = keys.number(shapeKeys.attentionCap);
  const output = keys.number(shapeKeys.outputCap);
  const parallelResidual = keys.flag(shapeKeys.parallelResidual);
  const ropeScaling = ropeScalingOf(keys);
  return {
    ...(rotary === undefined || rotary === headDimension ? {} : { rotaryDimension: rotary }),
    ...(window === undefined || window === 0
      ? {}
      : { slidingWindow: { positions: window, ...(windowBase === undefined ? {} : { ropeBase: windowBase }) } }),
    ...(attention === undefined || output === undefined ? {} : { softCaps: { attention, output } }),
    ...(parallelResidual === undefined ? {} : { parallelResidual }),
    ...(ropeScaling === undefined ? {} : { ropeScaling }),
  };
}

/** A file has the factors that come of Llama 3's scaling, not its numbers: these are Llama 3.1's. */
const llama3Scaling = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 8192 };

function ropeScalingOf(keys: Keys): ModelShape['ropeScaling'] {
  if (keys.has('rope_freqs.weight')) return { type: 'llama3', ...llama3Scaling };
  const originalContextLength = keys.number(shapeKeys.originalContextLength);
  if (keys.has('rope_factors_long.weight') && originalContextLength !== undefined) {
    return { type: 'longrope', originalContextLength };
  }
  const factor = keys.number(shapeKeys.ropeFactor);
  return factor === undefined ? undefined : { type: 'linear', factor };
}

/** The tensors know an expert's width even where the metadata leaves it out. */
function experts(keys: Keys): Pick<ModelShape, 'experts'> {
  const count = keys.number(shapeKeys.experts);
  const used = keys.number(shapeKeys.expertsUsed);
  const width = keys.shapeOf('blk.0.ffn_down_exps.weight')?.[0];
  if (count === undefined || used === undefined || width === undefined) return {};
  const shared = keys.shapeOf('blk.0.ffn_down_shexp.weight')?.[0];
  return {
    experts: { count, used, feedForward: width, ...(shared === undefined ? {} : { sharedFeedForward: shared }) },
  };
}

function stateSpace(keys: Keys): Pick<ModelShape, 'stateSpace'> {
  const convolution = keys.number(stateSpaceKeys.convolution);
  const inner = keys.number(stateSpaceKeys.inner);
  const state = keys.number(stateSpaceKeys.state);
  const timeStepRank = keys.number(stateSpaceKeys.timeStepRank);
  if (convolution === undefined || inner === undefined || state === undefined || timeStepRank === undefined) return {};
  return { stateSpace: { convolution, inner, state, timeStepRank } };
}

/** llama.h, enum llama_pooling_type; absent, as the converter leaves it where the folder does not say: the mean. */
function poolingOf(type: number | undefined): NonNullable<ModelShape['encoder']>['pooling'] {
  return type === poolingTypes.cls ? 'cls' : type === poolingTypes.last ? 'last' : 'mean';
}
