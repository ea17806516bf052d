/** What a converter of one family of models has to say. */
import type { GgufField } from '../gguf-format.ts';
import type { ModelConfig } from './model-config.ts';
import type { PlannedTensor } from './planned-tensor.ts';
import type { SourceTensor } from './safetensors.ts';
import type { TokenizerKind } from './tokenizer/tokenizer.ts';

export type Fields = ReadonlyArray<readonly [key: string, field: GgufField]>;

export interface ConverterFamily {
  /** Names in `architectures` of config.json. */
  readonly classes: readonly string[];
  /** `general.architecture` of the file. */
  architecture(config: ModelConfig): string;
  /** Keys without the architecture before them. */
  metadata(config: ModelConfig): Fields;
  /** What becomes of a tensor of the source; nothing for those that no engine needs. Undefined: not of this family. */
  tensor(source: SourceTensor, config: ModelConfig): readonly PlannedTensor[] | undefined;
  /** Tensors that are made of several of the source, or of numbers of the configuration. */
  joined?(sources: ReadonlyMap<string, SourceTensor>, config: ModelConfig): readonly PlannedTensor[];
  /** Kinds of tokenizers that the family has, first choice first. */
  readonly tokenizers: readonly TokenizerKind[];
  /** Keys of the tokenizer that the family needs besides; later ones win. */
  tokenizerFields?(kind: TokenizerKind, config: ModelConfig): Fields;
}

export function integer(value: number): GgufField {
  return { type: 'uint32', value };
}
export function real(value: number): GgufField {
  return { type: 'float32', value };
}
export function text(value: string): GgufField {
  return { type: 'string', value };
}
export function flag(value: boolean): GgufField {
  return { type: 'bool', value };
}
