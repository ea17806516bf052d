/** What a GGUF file says about the model in it: counts, formats, tokenizer. Everything derives from the header. */
import { usageError } from '../../command-line/errors.ts';
import { shapeLimits } from '../../command-line/files/input-limits.ts';
import { type Quantization, weightClassOf } from '../../log/records/model-record.ts';
import type { TemplateFacts } from '../chat-template/chat-template.ts';
import { weightFormat } from '../quantization/tensor-formats.ts';
import { usualBitsPerWeight } from '../quantization.ts';
import { flagField, type GgufFile, type GgufMetadata, numberField, textArrayField, textField } from './format.ts';
import type { GgmlTypeName } from './ggml-types.ts';
import { tokenCostOfFile } from './token-cost.ts';

export type GgufFacts = ReturnType<typeof ggufFacts>;

/** @throws UserError when the file holds no language model */
export function ggufFacts(file: GgufFile) {
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
  const experts = count('expert_count') ?? 0;
  return {
    architecture,
    name: textField(metadata, 'general.name') ?? null,
    parameters,
    /** Bytes of all tensors, without the header and padding. */
    tensorBytes,
    effectiveBitsPerWeight: parameters === 0 ? 0 : (tensorBytes * 8) / parameters,
    ...tokenCostOfFile(file, architecture),
    experts: experts > 0 ? { count: experts, used: count('expert_used_count') ?? 0 } : null,
    /** It gives embeddings, and no next token. */
    encoder: flagField(metadata, `${architecture}.attention.causal`) === false,
    contextLength: count('context_length') ?? 0,
    layers,
    ...weightFormat(file),
    /** Weights in each format, most first. */
    formats: formatsOf(file),
    ...tokenizerFacts(file),
    /** Written by Tokenlap with random weights. */
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

function formatsOf({ tensors }: GgufFile) {
  const byType = new Map<GgmlTypeName, { tensors: number; parameters: number; bytes: number }>();
  for (const { type, elements, bytes } of tensors) {
    const sums = byType.get(type) ?? { tensors: 0, parameters: 0, bytes: 0 };
    sums.tensors++;
    sums.parameters += elements;
    sums.bytes += bytes;
    byType.set(type, sums);
  }
  return [...byType].map(([type, sums]) => ({ type, ...sums })).sort((a, b) => b.parameters - a.parameters);
}

function tokenizerFacts({ metadata }: GgufFile): TemplateFacts {
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
  const token = (which: string) => tokens[numberField(metadata, `tokenizer.ggml.${which}_token_id`) ?? -1] ?? null;
  return {
    chatTemplate: textField(metadata, 'tokenizer.chat_template') ?? null,
    bosToken: token('bos'),
    eosToken: token('eos'),
    addBosToken: addsBosToken(metadata),
  };
}

/** llama.cpp, src/llama-vocab.cpp: SentencePiece and WordPiece do, byte-level pairs only with these pre-tokenisers. */
const preTokenizersWithBos = ['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'tekken', 'chameleon'];

/** Whether a text begins with the token for its beginning. */
export function addsBosToken(metadata: GgufMetadata): boolean {
  const told = flagField(metadata, 'tokenizer.ggml.add_bos_token');
  if (told !== undefined) return told;
  const model = textField(metadata, 'tokenizer.ggml.model');
  const pre = textField(metadata, 'tokenizer.ggml.pre');
  return model === 'llama' || model === 'bert' || (pre !== undefined && preTokenizersWithBos.includes(pre));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The format of the file as the record of a run has it: as the weights are, with a note where names or sizes say otherwise. */
export function recordedQuantization(asked: Quantization, facts: GgufFacts): Quantization {
  return withTrueBits(asInFile(asked, facts), facts);
}

/** The weights decide, not the registry, a file's name or its `general.file_type`. */
function asInFile(quantization: Quantization, { quantization: found, mislabelled }: GgufFacts): Quantization {
  const said =
    mislabelled === null ? undefined : `the file calls itself ${mislabelled.declared}, and its weights are ${found}`;
  if (found === quantization.got) return said === undefined ? quantization : withNote(quantization, said);
  const note = said ?? `its weights are ${found}, not ${quantization.got}`;
  return withNote({ ...quantization, got: found, weightClass: weightClassOf(found) }, note);
}

function withNote(quantization: Quantization, note: string): Quantization {
  return { ...quantization, note: quantization.note === undefined ? note : `${quantization.note}; ${note}` };
}

const unusual = 0.2;

/** Notes a file with more bits per weight than its format suggests: where rows do not fit its blocks, wider formats are used. */
function withTrueBits(quantization: Quantization, { effectiveBitsPerWeight }: GgufFacts): Quantization {
  const usual = usualBitsPerWeight(quantization.got) ?? effectiveBitsPerWeight;
  if (Math.abs(effectiveBitsPerWeight / usual - 1) <= unusual) return quantization;
  const bits = `the file has ${effectiveBitsPerWeight.toFixed(2)} bits per weight, ${quantization.got} usually ${usual}`;
  return withNote(quantization, bits);
}
