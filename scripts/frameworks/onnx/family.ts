/** What tells one family of decoders from another; the rest of the graph is the same for all. */
import type { DecoderShape } from './decoder-shape.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { Weights } from './weights.ts';

export interface GraphParts {
  graph: GraphBuilder;
  weights: Weights;
  shape: DecoderShape;
  /** Positions that must be known. */
  contextTokens: number;
}

/** All values are float32 of (1, tokens, width), by name. */
export interface Family {
  /** The tokens' embeddings. */
  embed(): string;
  /** Adds to the residual stream, if there is something to add, and normalises it. */
  norm(name: string, stream: string, addition: string | undefined): Normed;
  /** Queries, keys and values of (1, tokens, heads · head size), rotated where the family does so. */
  project(layer: number, normed: string): Projected;
  feedForward(layer: number, normed: string): string;
}

interface Normed {
  normed: string;
  /** The residual stream with the addition. */
  stream: string;
}

export interface Projected {
  queries: string;
  keys: string;
  values: string;
}
