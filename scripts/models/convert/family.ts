/** What a converter of one family of models has to say. */
import type { ArchitectureName } from '../architectures/architectures.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import type { GgufFields } from '../gguf/format.ts';
import type { TokenizerKind } from '../tokenizers/tokenizer.ts';
import type { AllowedValues } from './config-keys.ts';
import type { NameTable } from './decoder.ts';
import type { ModelConfig } from './model-config.ts';
import type { PlannedTensor } from './planned-tensor.ts';
import type { SourceTensor } from './safetensors.ts';

export interface ConverterFamily {
  /** Names in `architectures` of config.json. */
  readonly classes: readonly string[];
  /** `general.architecture` of the file. */
  architecture(config: ModelConfig): string;
  /** Keys without the architecture before them. */
  metadata(config: ModelConfig): GgufFields;
  /** What becomes of a tensor of the source; nothing for those that no engine needs. Undefined: not of this family. */
  tensor(source: SourceTensor, config: ModelConfig): readonly PlannedTensor[] | undefined;
  /** Tensors that are made of several of the source, or of numbers of the configuration. */
  joined?(sources: ReadonlyMap<string, SourceTensor>, config: ModelConfig): readonly PlannedTensor[];
  /** From the source's names to those of llama.cpp. */
  names(config: ModelConfig): NameTable;
  /** Whose tensors it has, where that is another architecture than the file's. */
  template?(config: ModelConfig): ArchitectureName;
  /** What config.json says of the shape beyond what the keys of the file say. */
  shape?(config: ModelConfig): Partial<ModelShape>;
  /** Matrices of each layer that have a bias by config.json alone, with its length. */
  layerBiases?(config: ModelConfig): Readonly<Record<string, number>>;
  /** `tie_word_embeddings` where config.json does not say it. */
  readonly tiedByDefault: boolean;
  /** Scalings of rotary positions that its files can say. */
  readonly ropeTypes: readonly string[];
  /** Keys with the only values that its files stand for. */
  fixed?(config: ModelConfig): AllowedValues;
  /** Keys that change nothing in this family. */
  readonly harmless?: readonly string[];
  /** Kinds of tokenizers that the family has, first choice first. */
  readonly tokenizers: readonly TokenizerKind[];
  /** Keys of the tokenizer that the family needs besides; later ones win. */
  tokenizerFields?(kind: TokenizerKind, config: ModelConfig): GgufFields;
}

/** `hidden_act` where llama.cpp computes GELU: all of these become its approximation with tanh. */
export const geluNames = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast'];
/** Where it computes SiLU. */
export const siluNames = ['silu', 'swish'];
