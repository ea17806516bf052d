/** What a converter of a family is, and how it maps names of transformers to those of llama.cpp. */
import type { ArchitectureName } from '../architectures/architecture.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import type { GgufFields, GgufMetadata } from '../gguf/format.ts';
import type { TokenizerKind } from '../tokenizers/tokenizer.ts';
import type { AllowedValues } from './config-keys.ts';
import type { ModelConfig } from './model-config.ts';
import type { PlannedTensor } from './planned-tensor.ts';
import type { SourceTensor } from './safetensors.ts';
import type { SharedNumber } from './shared-numbers.ts';

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
  /** Scalings of rotary positions that its files can express; absent: none. */
  readonly ropeTypes?: readonly string[];
  /** Keys of config.json with the only values that its files can express. */
  fixed?(config: ModelConfig): AllowedValues;
  /** Keys of config.json that change nothing in these models. */
  readonly harmless?: readonly string[];
  /** Kinds of tokenizers that these models have, first choice first. */
  readonly tokenizers: readonly TokenizerKind[];
  /** Additional keys of the tokenizer; later ones win. */
  tokenizerFields?(kind: TokenizerKind, config: ModelConfig): GgufFields;
  /** How files of the family become a folder again; absent: they do not. */
  readonly exported?: ExportedConfig;
}

/** How config.json follows from a file. Names and order of tensors follow from the converter itself. */
export interface ExportedConfig {
  /** Values of `general.architecture`, which are those of `model_type` too. */
  readonly architectures: readonly string[];
  readonly numbers: readonly SharedNumber[];
  /** Everything else that the models are defined by. @throws UserError when transformers cannot express it */
  values(file: ExportedFile): Record<string, unknown>;
}

export interface ExportedFile {
  architecture: string;
  metadata: GgufMetadata;
  shape: ModelShape;
  /** Names of its tensors. */
  tensors: ReadonlySet<string>;
  /** Numbers of the tensor `rope_freqs.weight`; undefined where there is none. */
  ropeFactors: Float32Array | undefined;
}

/** Pattern with `N` for the number of a layer, without `.weight` or `.bias`; the new name, `N` again for the number. */
export type NameTable = ReadonlyArray<readonly [from: string, to: string]>;

/** Not the one in 'LayerNorm'. */
const layerMark = /\bN\b/;

/** Prefixes of the decoder in models of several parts. */
const outerNames = /^(?:language_model\.|model\.language_model\.)/;

/**
 * @param prefix omitted by files of the bare model, without its head: 'model.'
 * @returns undefined when no pattern fits
 */
export function ggufName(table: NameTable, source: string, prefix: string): string | undefined {
  const plain = source.startsWith('model.language_model.')
    ? source.replace('model.language_model.', 'model.')
    : source.replace(outerNames, '');
  return (
    match(table, plain) ??
    (plain.startsWith(prefix) ? match(table, plain.slice(prefix.length)) : match(table, prefix + plain))
  );
}

function match(table: NameTable, name: string): string | undefined {
  const [, stem = name, suffix = ''] = /^(.*?)(\.weight|\.bias)?$/.exec(name) ?? [];
  for (const [from, to] of table) {
    const layer = new RegExp(`^${from.replaceAll('.', '\\.').replace(layerMark, '(\\d+)')}$`).exec(stem);
    if (layer !== null) return to.replace(layerMark, layer[1] ?? '') + suffix;
  }
  return undefined;
}

/** The name that a source has for a tensor of a new file; undefined where it is made of several, or of numbers. */
export function sourceName(table: NameTable, name: string): string | undefined {
  const reversed = table.map(([from, to]): readonly [string, string] => [to, from]);
  return match(reversed, name);
}

export const llamaNames: NameTable = [
  ['model.embed_tokens', 'token_embd'],
  ['model.norm', 'output_norm'],
  ['lm_head', 'output'],
  ['model.layers.N.input_layernorm', 'blk.N.attn_norm'],
  ['model.layers.N.self_attn.q_proj', 'blk.N.attn_q'],
  ['model.layers.N.self_attn.k_proj', 'blk.N.attn_k'],
  ['model.layers.N.self_attn.v_proj', 'blk.N.attn_v'],
  ['model.layers.N.self_attn.o_proj', 'blk.N.attn_output'],
  ['model.layers.N.self_attn.q_norm', 'blk.N.attn_q_norm'],
  ['model.layers.N.self_attn.k_norm', 'blk.N.attn_k_norm'],
  ['model.layers.N.post_attention_layernorm', 'blk.N.ffn_norm'],
  ['model.layers.N.mlp.gate_proj', 'blk.N.ffn_gate'],
  ['model.layers.N.mlp.up_proj', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.down_proj', 'blk.N.ffn_down'],
];
