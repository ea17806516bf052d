/**
 * Embeds texts. The addon returns the embedding of one sequence only (getEmbedding), so the texts of a batch are computed one
 * after the other.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { usageError } from '../../command-line/errors.ts';
import { counted } from '../../command-line/format.ts';
import type { Embedded } from '../framework.ts';
import type { Native } from './addon.ts';

const sequence = 0;

/** @param batchTokens most tokens of one text, since an encoder needs all of them in one batch */
export class Embedder {
  readonly #model: LlamaModel;
  readonly #native: Native;
  readonly #batchTokens: number;

  constructor(model: LlamaModel, native: Native, batchTokens: number) {
    this.#model = model;
    this.#native = native;
    this.#batchTokens = batchTokens;
  }

  async embed(texts: readonly string[], tokenized: () => void): Promise<Embedded> {
    const inputs = texts.map((text) => this.#tokensOf(text));
    tokenized();
    const vectors: Float32Array[] = [];
    for (const tokens of inputs) vectors.push(await this.#vectorOf(tokens));
    return { tokens: inputs.map(({ length }) => length), vectors };
  }

  async #vectorOf(tokens: Uint32Array): Promise<Float32Array> {
    const { context, embeddingOf } = this.#native;
    if (embeddingOf === undefined) throw new Error('this version of node-llama-cpp does not return embeddings');
    context.disposeSequence(sequence);
    context.initBatch(tokens.length);
    // All tokens are outputs, since the pooling needs them.
    context.addToBatch(
      sequence,
      0,
      tokens,
      Uint32Array.from(tokens, (_, i) => i),
    );
    await context.decodeBatch();
    return Float32Array.from(embeddingOf(tokens.length));
  }

  /** Tokens of a text, including those that the model's tokenizer adds: [CLS] and [SEP], or BOS. */
  #tokensOf(text: string): Uint32Array {
    const { bos, eos, sep, shouldPrependBosToken, shouldAppendEosToken } = this.#model.tokens;
    const wordPieces = this.#model.vocabularyType === 'wpm';
    const first = wordPieces || shouldPrependBosToken ? bos : null;
    const last = wordPieces ? sep : shouldAppendEosToken ? eos : null;
    const inner = this.#model.tokenize(text);
    const tokens = [...(first === null ? [] : [first]), ...inner, ...(last === null ? [] : [last])];
    if (tokens.length <= this.#batchTokens) return Uint32Array.from(tokens);
    throw usageError(
      `a text has ${counted(tokens.length, 'tokens')}, and the context ${this.#batchTokens}`,
      'Raise --context up to the limit of the model, or shorten the text.',
    );
  }
}

/** How llama.cpp pools the vectors of the tokens (llama.h, enum llama_pooling_type). */
export function poolingOf(model: LlamaModel): string {
  const type = model.fileInfo.architectureMetadata.pooling_type;
  return type === 1 ? 'mean' : type === 2 ? 'cls' : type === 4 ? 'rank' : 'last';
}
