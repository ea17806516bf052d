/** Runs a loaded graph over tokens, after those whose keys and values are cached. */
import { type UserError, usageError } from '../../command-line/errors.ts';
import { counted } from '../../command-line/format.ts';
import type { ResidentWeights } from '../framework.ts';
import type { KeyValueType } from './graph/graph-builder.ts';
import type { GraphInterface } from './graph-interface.ts';
import type { CacheShape, KeyValueCache, Results } from './key-value-cache.ts';
import type { Provider } from './providers.ts';
import type { InferenceSession, Tensor } from './runtime.ts';

/** Tokens of one run whose logits are wanted: the logits of all of them are in memory together, twice. */
const scoredTokens = 32;

/** A graph that is ready to run, written here or by others. */
export interface LoadedGraph {
  session: InferenceSession;
  interface: GraphInterface;
  cache: KeyValueCache;
  provider: Provider;
  /** Threads that compute one operator together. */
  threads: number;
  facts: GraphFacts;
}

export interface GraphFacts {
  path: string;
  /** Bytes that a session reads from the disk. */
  fileBytes: number;
  /** Time it took to write the graph; null when the cache had it. */
  writtenMs: number | null;
  shape: CacheShape;
  vocabulary: number;
  keyValueType: KeyValueType;
  /** Accuracy level of its MatMulNBits; null when it has none, or when the level is unknown. */
  accuracyLevel: number | null;
  weightsBytes: number;
  /** How the weights are stored in memory, when that differs from the GGUF file. */
  weights: ResidentWeights | undefined;
  /** Whether its weights are not those of the GGUF file. */
  foreign: boolean;
}

export class GraphRunner {
  readonly #graph: LoadedGraph;
  readonly #contextTokens: number;
  readonly #batchTokens: number;
  /** Token ids whose keys and values are cached, in order. */
  readonly #cached: number[] = [];
  /** Reused from run to run: with many layers, a new object would cost more than everything else between two runs. */
  readonly #feeds: Record<string, Tensor> = {};
  #fedCache: KeyValueCache['feeds'] = {};
  #fedTokens: KeyValueCache['feeds'] = {};

  /** @param batchTokens most tokens of one run */
  constructor(graph: LoadedGraph, contextTokens: number, batchTokens: number) {
    this.#graph = graph;
    this.#contextTokens = contextTokens;
    this.#batchTokens = batchTokens;
  }

  /**
   * Prepares for a text of `tokens` tokens.
   * @param prefix tokens to take from the cache as far as it has them; the last one is always evaluated again
   * @returns the number of tokens taken from the cache
   * @throws UserError when the text is longer than the context
   */
  begin(tokens: number, prefix: ArrayLike<number> = []): number {
    if (tokens > this.#contextTokens) throw beyondContext(tokens, this.#contextTokens);
    const limit = Math.min(prefix.length - 1, this.#cached.length);
    let shared = 0;
    while (shared < limit && this.#cached[shared] === prefix[shared]) shared++;
    this.#cached.length = this.#graph.cache.prepare(tokens, shared);
    return this.#cached.length;
  }

  /** Whether the graph finds the greatest logit: ONNX Runtime then does so in every run, even when nobody fetches it. */
  get choosesToken(): boolean {
    return this.#graph.interface.nextTokens !== null;
  }

  /**
   * Evaluates tokens and fetches the smallest output, so that they are certainly done.
   * @returns results of the last run
   */
  evaluate(tokens: Int32Array): Promise<Results> {
    return this.#prompt(tokens, this.#graph.interface.nextTokens ?? this.#graph.interface.logits);
  }

  /** @returns the id of the greatest logit after the tokens, for graphs that choose it */
  async nextToken(tokens: Int32Array): Promise<number> {
    const { nextTokens } = this.#graph.interface;
    if (nextTokens === null) throw new TypeError('the graph chooses no token');
    const ids = (await this.#prompt(tokens, nextTokens))[nextTokens]?.data;
    if (!(ids instanceof BigInt64Array)) throw new TypeError('the graph gave no token');
    return Number(ids[0]);
  }

  /** @returns the logits after the tokens, of (vocabulary) */
  async nextLogits(tokens: Int32Array): Promise<Float32Array> {
    return this.#rows(await this.#prompt(tokens, this.#graph.interface.logits), 1);
  }

  /** @param show receives the logits after each token from index `from` on, of (some rows, vocabulary), in order */
  async eachLogits(tokens: Int32Array, from: number, show: (logits: Float32Array) => Promise<void>): Promise<void> {
    for (let done = 0; done < tokens.length; done += scoredTokens) {
      const chunk = tokens.subarray(done, done + scoredTokens);
      const first = Math.min(chunk.length - 1, Math.max(0, from - done));
      const results = await this.#run(chunk, first, this.#graph.interface.logits);
      if (done + chunk.length > from) await show(this.#rows(results, chunk.length - first));
    }
  }

  /** Evaluates tokens in runs of at most a batch. @returns results of the last run, for the last token */
  async #prompt(tokens: Int32Array, output: string): Promise<Results> {
    let done = 0;
    for (; done + this.#batchTokens < tokens.length; done += this.#batchTokens) {
      await this.#run(tokens.subarray(done, done + this.#batchTokens), this.#batchTokens - 1, output);
    }
    const last = done === 0 ? tokens : tokens.subarray(done);
    return this.#run(last, last.length - 1, output);
  }

  /** @param from index of the first token whose output is wanted */
  async #run(tokens: Int32Array, from: number, output: string): Promise<Results> {
    const { session, cache, interface: graph } = this.#graph;
    const past = this.#cached.length;
    const fed = graph.feeds(tokens, past, from);
    if (this.#fedTokens !== fed) Object.assign(this.#feeds, fed);
    if (this.#fedCache !== cache.feeds) Object.assign(this.#feeds, cache.feeds);
    this.#fedTokens = fed;
    this.#fedCache = cache.feeds;
    const results = await session.run(this.#feeds, [output, ...cache.outputs]);
    cache.store(results, past, tokens.length);
    for (const token of tokens) this.#cached.push(token);
    return results;
  }

  /** @returns the last `count` rows of logits */
  #rows(results: Results, count: number): Float32Array {
    const logits = results[this.#graph.interface.logits];
    if (!(logits?.data instanceof Float32Array)) throw new TypeError('the graph gave no logits in float32');
    return logits.data.subarray(logits.data.length - count * (logits.dims.at(-1) ?? 0));
  }
}

function beyondContext(tokens: number, contextTokens: number): UserError {
  return usageError(
    `${counted(tokens, 'tokens')} do not fit the context of ${contextTokens}`,
    'Raise --context, or lower --max-tokens.',
  );
}
