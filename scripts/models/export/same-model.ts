/**
 * Checks that converting a folder back would give the file that it was exported from. What config.json or tokenizer.json cannot
 * say, or would say differently, ends the export before a byte is written.
 */
import { usageError } from '../../command-line/errors.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import type { ConversionPlan } from '../convert/convert-folder.ts';
import { addsBosToken } from '../gguf/facts.ts';
import {
  flagField,
  type GgufField,
  type GgufFile,
  type GgufMetadata,
  layersNumberField,
  numberArrayField,
  textArrayField,
} from '../gguf/format.ts';
import { tokenTypes } from '../tokenizers/tokenizer-files.ts';

/** @throws UserError naming the first difference that would make it another model */
export function requireSameModel(file: GgufFile, shape: ModelShape, back: ConversionPlan): void {
  requireSameTensors(file, back);
  requireSameNumbers(file, shape, back);
  requireSameVocabulary(file.metadata, back.metadata);
}

function requireSameTensors({ tensors }: GgufFile, { tensors: planned }: ConversionPlan): void {
  for (const { name, shape } of tensors) {
    if (planned.get(name)?.shape.join() !== shape.join()) throw lost(`its tensor ${name}`);
  }
}

/** Keys of an architecture that config.json does not have, with what they may say: what holds anyway. */
const implied: Readonly<Record<string, (field: GgufField, shape: ModelShape) => boolean>> = {
  vocab_size: ({ value }, { vocabulary }) => Number(value) === vocabulary,
  'attention.head_count_kv': ({ value }, { heads }) => Number(value) === heads,
  'attention.key_length': ({ value }, { headDimension }) => Number(value) === headDimension,
  'attention.value_length': ({ value }, { headDimension }) => Number(value) === headDimension,
  'rope.dimension_count': ({ value }, { headDimension }) => Number(value) === headDimension,
  'attention.causal': ({ value }) => value === true,
  'attention.sliding_window': ({ value }) => Number(value) === 0,
  expert_count: ({ value }) => Number(value) === 0,
  expert_used_count: ({ value }) => Number(value) === 0,
  'rope.scaling.type': ({ value }) => value === 'none',
  'rope.scaling.finetuned': () => true,
};

function requireSameNumbers(
  { metadata }: GgufFile,
  shape: ModelShape,
  { architecture, metadata: back }: ConversionPlan,
) {
  for (const [key, field] of metadata) {
    if (!key.startsWith(`${architecture}.`) || isSame(metadata, back, key)) continue;
    if (implied[key.slice(architecture.length + 1)]?.(field, shape) === true) continue;
    const value = field.type === 'array' ? `${field.value.length} values` : String(field.value);
    throw lost(`its ${key} = ${value}`);
  }
}

function isSame(there: GgufMetadata, here: GgufMetadata, key: string): boolean {
  const [number, back] = [layersNumberField(there, key), layersNumberField(here, key)];
  if (number !== undefined && back !== undefined) return Math.fround(number) === Math.fround(back);
  const field = there.get(key);
  return field !== undefined && field.type !== 'array' && field.value === here.get(key)?.value;
}

function requireSameVocabulary(there: GgufMetadata, here: GgufMetadata): void {
  for (const key of ['model', 'pre']) {
    const name = `tokenizer.ggml.${key}`;
    if (there.has(name) && there.get(name)?.value !== here.get(name)?.value) throw lost(`its ${name}`);
  }
  if (there.has(spacePrefixKey) && addsSpacePrefix(there) !== addsSpacePrefix(here))
    throw lost(`its ${spacePrefixKey}`);
  const [tokens, back] = [tokensOf(there), tokensOf(here)];
  const [types, backTypes] = [typesOf(there), typesOf(here)];
  for (const [id, token] of tokens.entries()) {
    if (back[id] !== token || treatment(types?.[id]) !== treatment(backTypes?.[id])) {
      throw lost(`its token ${id}, ${JSON.stringify(token)}`);
    }
  }
  const [merges, backMerges] = [mergesOf(there), mergesOf(here)];
  if (merges.length !== backMerges.length || merges.some((merge, place) => merge !== backMerges[place])) {
    throw lost('the order of its merges');
  }
  if (addsBosToken(there) !== addsBosToken(here)) throw lost('its tokenizer.ggml.add_bos_token');
  const addsEnd = (metadata: GgufMetadata) => flagField(metadata, 'tokenizer.ggml.add_eos_token') ?? false;
  if (addsEnd(there) !== addsEnd(here)) throw lost('its tokenizer.ggml.add_eos_token');
}

const spacePrefixKey = 'tokenizer.ggml.add_space_prefix';

/** Without the key llama.cpp adds a space where the tokenizer is SentencePiece's, and to no other. */
function addsSpacePrefix(metadata: GgufMetadata): boolean {
  return flagField(metadata, spacePrefixKey) ?? metadata.get('tokenizer.ggml.model')?.value === 'llama';
}

function tokensOf(metadata: GgufMetadata): readonly string[] {
  return textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
}
function typesOf(metadata: GgufMetadata): number[] | undefined {
  return numberArrayField(metadata, 'tokenizer.ggml.token_type');
}
function mergesOf(metadata: GgufMetadata): readonly string[] {
  return textArrayField(metadata, 'tokenizer.ggml.merges') ?? [];
}

/** Folders tell tokens that are matched whole, bytes and all others apart, and no more. */
function treatment(type: number = tokenTypes.normal): 'whole' | 'byte' | 'other' {
  if (type === tokenTypes.control || type === tokenTypes.userDefined || type === tokenTypes.unknown) return 'whole';
  return type === tokenTypes.byte ? 'byte' : 'other';
}

function lost(what: string) {
  return usageError(
    `a folder of transformers cannot say ${what}, and would be another model`,
    'The file is a variant that is not exported.',
  );
}
