/** What a GGUF file says about the model in it: counts, formats, tokenizer. Everything derives from the header. */
import { usageError } from '../../command-line/errors.ts';
import { shapeLimits } from '../../command-line/files/input-limits.ts';
import { type WeightFormat, weightFormat } from '../quantization/tensor-formats.ts';
import { flagField, type GgufFile, numberField, textArrayField, textField } from './format.ts';
import type { GgmlTypeName } from './ggml-types.ts';
import { type TokenCost, tokenCostOfFile } from './token-cost.ts';

export interface GgufFacts extends TokenCost, WeightFormat {
  architecture: string;
  /** `general.name`; null where the file has none. */
  name: string | null;
  parameters: number;
  /** Bytes of all tensors, without the header and padding. */
  tensorBytes: number;
  effectiveBitsPerWeight: number;
  /** See modelRecordSchema. */
  weightBytesPerToken: number;
  /** Null for a model without them. */
  experts: { count: number; used: number } | null;
  /** It gives embeddings, and no next token. */
  encoder: boolean;
  contextLength: number;
  layers: number;
  /** Weights in each format, most first. */
  formats: ReadonlyArray<{ type: GgmlTypeName; tensors: number; parameters: number; bytes: number }>;
  chatTemplate: string | null;
  bosToken: string | null;
  eosToken: string | null;
  addBosToken: boolean;
  /** Written by Tokenlap with random weights. */
  synthetic: boolean;
}

/** @throws UserError when the file holds no language model */
export function ggufFacts(file: GgufFile): GgufFacts {
  const { metadata, tensors, path } = file;
  const architecture = textField(metadata, 'general.architecture');
  const count = (key: string) => numberField(metadata, `${architecture}.${key}`);
  const layers = count('block_count');
  if (architecture === undefined || layers === undefined || count('embedding_length') === undefined) {
    throw usageError(
      `${path} holds no language model (its kind is "${architecture ?? 'not given'}")`,
      'Name the file of the model itself, not of an adapter, a projector or a vocabulary.',
    );
  }
  requirePossible(file, architecture);
  const parameters = sum(tensors.map((tensor) => tensor.elements));
  const tensorBytes = sum(tensors.map((tensor) => tensor.bytes));
  return {
    architecture,
    name: textField(metadata, 'general.name') ?? null,
    parameters,
    tensorBytes,
    effectiveBitsPerWeight: parameters === 0 ? 0 : (tensorBytes * 8) / parameters,
    ...tokenCostOfFile(file, architecture),
    experts: expertsOf(count('expert_count'), count('expert_used_count')),
    encoder: flagField(metadata, `${architecture}.attention.causal`) === false,
    contextLength: count('context_length') ?? 0,
    layers,
    ...weightFormat(file),
    formats: formatsOf(file),
    ...tokenizerFacts(file),
    synthetic: metadata.has('tokenlap.synthetic.seed'),
  };
}

/** Numbers that determine how much is allocated, with their limits. */
const mostOf: Readonly<Record<string, number>> = {
  block_count: shapeLimits.layers,
  embedding_length: shapeLimits.width,
  feed_forward_length: shapeLimits.width,
  'attention.head_count': shapeLimits.width,
  'attention.head_count_kv': shapeLimits.width,
  'attention.key_length': shapeLimits.width,
  'attention.value_length': shapeLimits.width,
  'rope.dimension_count': shapeLimits.width,
  expert_count: shapeLimits.experts,
  expert_used_count: shapeLimits.experts,
};

/** @throws UserError for a number that no model can have */
function requirePossible({ metadata, path }: GgufFile, architecture: string): void {
  for (const [key, most] of Object.entries(mostOf)) {
    const value = numberField(metadata, `${architecture}.${key}`);
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)) continue;
    throw usageError(
      `${path} cannot be used as a model: its ${architecture}.${key} is ${value}, not 0 to ${most}`,
      'It is damaged: delete it and fetch it again.',
    );
  }
}

function expertsOf(count = 0, used = 0): GgufFacts['experts'] {
  return count > 0 ? { count, used } : null;
}

function formatsOf({ tensors }: GgufFile): Array<GgufFacts['formats'][number]> {
  const byType = new Map<GgmlTypeName, GgufFacts['formats'][number]>();
  for (const { type, elements, bytes } of tensors) {
    const before = byType.get(type) ?? { type, tensors: 0, parameters: 0, bytes: 0 };
    byType.set(type, {
      type,
      tensors: before.tensors + 1,
      parameters: before.parameters + elements,
      bytes: before.bytes + bytes,
    });
  }
  return [...byType.values()].sort((a, b) => b.parameters - a.parameters);
}

function tokenizerFacts({ metadata }: GgufFile) {
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
  const token = (which: string) => tokens[numberField(metadata, `tokenizer.ggml.${which}_token_id`) ?? -1] ?? null;
  return {
    chatTemplate: textField(metadata, 'tokenizer.chat_template') ?? null,
    bosToken: token('bos'),
    eosToken: token('eos'),
    addBosToken: flagField(metadata, 'tokenizer.ggml.add_bos_token') ?? addsBosUnlessTold(metadata),
  };
}

/** llama.cpp, src/llama-vocab.cpp: SentencePiece and WordPiece do, byte-level pairs only with these pre-tokenisers. */
const preTokenizersWithBos = ['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'tekken', 'chameleon'];

function addsBosUnlessTold(metadata: GgufFile['metadata']): boolean {
  const model = textField(metadata, 'tokenizer.ggml.model');
  const pre = textField(metadata, 'tokenizer.ggml.pre');
  return model === 'llama' || model === 'bert' || (pre !== undefined && preTokenizersWithBos.includes(pre));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
