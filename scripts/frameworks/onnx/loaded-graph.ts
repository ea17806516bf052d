/** A graph that is loaded, wherever it comes from, and what is known of it. */
import type { ResidentWeights } from '../framework.ts';
import type { KeyValueType } from './attention.ts';
import type { RunnableGraph } from './graph-runner.ts';
import type { CacheShape } from './key-value-cache.ts';
import type { Provider } from './providers.ts';

export interface LoadedGraph extends RunnableGraph {
  provider: Provider;
  /** That compute one operator together. */
  threads: number;
  facts: GraphFacts;
}

export interface GraphFacts {
  path: string;
  /** What a session reads from the disk. */
  fileBytes: number;
  /** How long it took to write the graph; null where it was there. */
  writtenMs: number | null;
  shape: CacheShape;
  vocabulary: number;
  keyValueType: KeyValueType;
  /** Of its MatMulNBits; null where it has none, or it is not known. */
  accuracyLevel: number | null;
  weightsBytes: number;
  /** How the weights lie in memory, where that is not how the GGUF file has them. */
  weights: ResidentWeights | undefined;
  /** Whose weights are not the GGUF file's own. */
  foreign: boolean;
}
