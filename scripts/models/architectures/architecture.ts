/** What Tokenlap has to know of an architecture: how its tensors differ from a Llama's, templates of its families, and its converter. */

import type { AllowedValues } from '../convert/config-keys.ts';
import type { NameTable } from '../convert/decoder.ts';
import type { ModelConfig } from '../convert/model-config.ts';
import type { PlannedTensor } from '../convert/planned-tensor.ts';
import type { SourceTensor } from '../convert/safetensors.ts';
import type { GgufFields } from '../gguf/format.ts';
import type { TokenizerKind } from '../tokenizers/tokenizer.ts';
import type { ModelShape } from './model-shape.ts';

/** What distinguishes an architecture of llama.cpp from others in tensors and metadata (src/models/<name>.cpp there). */
export interface Architecture {
  /**
   * What a layer does. 'decoder': attends to what came before; 'state-space': carries a state of constant size along and caches
   * nothing; 'encoder': attends both ways, and gives an embedding instead of a next token.
   */
  kind: 'decoder' | 'state-space' | 'encoder';
  /** Queries, keys and values in one matrix. */
  fusedAttention: boolean;
  /** 'gated': gate and up are two matrices; 'fused': one of twice the width; 'plain': up and down only. */
  feedForward: 'gated' | 'fused' | 'plain';
  /** 'rms': divided by the root mean square; 'layer': centred as well, with a bias. */
  norms: 'rms' | 'layer';
  /** Every matrix of a layer has a bias. */
  biases: boolean;
  /** The output matrix has one too. */
  outputBias: boolean;
  /** Norms of queries and keys: of each head, or of all heads as one row. */
  queryKeyNorms: 'none' | 'head' | 'whole';
  /** A second norm after attention and after the feed-forward part. */
  postNorms: boolean;
  /** One norm feeds attention and feed-forward part, which are computed beside each other and added up. */
  sharedNorm: boolean;
  /** With a sliding window: every n-th layer sees all positions; null: llama.cpp keeps every position of every layer. */
  windowPattern: number | null;
}

/** A Llama. */
export const plain: Architecture = {
  kind: 'decoder',
  fusedAttention: false,
  feedForward: 'gated',
  norms: 'rms',
  biases: false,
  outputBias: false,
  queryKeyNorms: 'none',
  postNorms: false,
  sharedNorm: false,
  windowPattern: null,
};

export const architectureNames = [
  ...(['llama', 'qwen2', 'qwen3', 'gemma2', 'gemma3', 'phi2', 'phi3', 'gpt2', 'gptneox', 'falcon'] as const),
  ...(['qwen2moe', 'qwen3moe', 'olmoe', 'mamba', 'bert'] as const),
] as const;
export type ArchitectureName = (typeof architectureNames)[number];

/** Models that people ask for by one name, and the template from which a shape of any size is made. */
export interface Family {
  /** For --algorithm. */
  readonly name: string;
  readonly title: string;
  /** Several families may be of one kind. */
  readonly kind: FamilyKind;
  /** `general.architecture` of its files. */
  readonly architecture: ArchitectureName;
  /** What distinguishes it, for people. */
  readonly traits: string;
  /** Tokens of the vocabulary of its real models; small shapes get fewer. */
  readonly vocabulary: number;
  /** Width of the residual stream divided by the number of layers, as its real models have it. */
  readonly widthPerLayer: number;
  shapeOf(size: TemplateSize): ModelShape;
}

export const familyKinds = [
  ...(['Llama', 'Mistral', 'Qwen', 'Gemma', 'Phi', 'GPT-2', 'GPT-NeoX', 'Falcon'] as const),
  ...(['mixture of experts', 'state space', 'encoder'] as const),
] as const;
type FamilyKind = (typeof familyKinds)[number];

interface TemplateSize {
  /** A multiple of 64. */
  width: number;
  layers: number;
  vocabulary: number;
}

/** Heads as models of that width have them: 32 wide in toys, 64 in small models, 128 in large ones. */
export function headsOf(width: number): Pick<ModelShape, 'heads' | 'keyValueHeads' | 'headDimension'> {
  const headDimension = width >= 2048 && width % 128 === 0 ? 128 : width >= 512 ? 64 : 32;
  const heads = width / headDimension;
  return { heads, keyValueHeads: heads, headDimension };
}

/** The same with four heads, where they can be divided so, to a head of keys and values. */
export function groupedHeadsOf(width: number): ReturnType<typeof headsOf> {
  const all = headsOf(width);
  const group = all.heads % 4 === 0 ? 4 : all.heads % 2 === 0 ? 2 : 1;
  return { ...all, keyValueHeads: all.heads / group };
}

/** Whole blocks of the 32 weights of which quantised formats are made. */
export function wholeBlocks(width: number): number {
  return Math.max(32, Math.round(width / 32) * 32);
}

/** How a folder of the transformers library becomes a GGUF file. */
export interface Converter {
  /** Names in `architectures` of config.json. */
  readonly classes: readonly string[];
  /** `general.architecture` of the file. */
  architecture(config: ModelConfig): string;
  /** Keys without the architecture before them. */
  metadata(config: ModelConfig): GgufFields;
  /** From the source's names to those of llama.cpp. */
  names(config: ModelConfig): NameTable;
  /** Prefix of names that files of the bare model, without its head, omit: 'model.'. */
  readonly prefix: string;
  /** Names of tensors that no engine needs. */
  readonly unneeded?: RegExp;
  /** The name that a tensor of an old file has today. */
  currentName?(name: string): string;
  /** What a tensor of the source becomes under its new name; absent: it stays as it is. */
  tensor?(name: string, source: SourceTensor, config: ModelConfig): PlannedTensor;
  /** Tensors that are made of several of the source, or of numbers of the configuration. */
  joined?(sources: ReadonlyMap<string, SourceTensor>, config: ModelConfig): readonly PlannedTensor[];
  /** The architecture whose tensors it has, where that is not the file's. */
  template?(config: ModelConfig): ArchitectureName;
  /** What config.json says about the shape beyond what the keys of the file say. */
  shape?(config: ModelConfig): Partial<ModelShape>;
  /** Matrices of each layer that have a bias by config.json alone, with its length. */
  layerBiases?(config: ModelConfig): Readonly<Record<string, number>>;
  /** `tie_word_embeddings` where config.json does not say it. */
  readonly tiedByDefault: boolean;
  /** Scalings of rotary positions that its files can express. */
  readonly ropeTypes: readonly string[];
  /** Keys of config.json with the only values that its files can express. */
  fixed?(config: ModelConfig): AllowedValues;
  /** Keys of config.json that change nothing in these models. */
  readonly harmless?: readonly string[];
  /** Kinds of tokenizers that these models have, first choice first. */
  readonly tokenizers: readonly TokenizerKind[];
  /** Additional keys of the tokenizer; later ones win. */
  tokenizerFields?(kind: TokenizerKind, config: ModelConfig): GgufFields;
}

/** Architectures that are told in one file, because they are built and converted alike. */
export interface ArchitectureGroup {
  readonly architectures: Readonly<Partial<Record<ArchitectureName, Architecture>>>;
  readonly families: readonly Family[];
  /** Absent: only llama.cpp's script converts them. */
  readonly converter?: Converter;
}

/** `hidden_act` where llama.cpp computes GELU: all of these become its approximation with tanh. */
export const geluNames = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast'];
/** Where it computes SiLU. */
export const siluNames = ['silu', 'swish'];
