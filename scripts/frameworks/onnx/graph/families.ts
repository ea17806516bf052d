/** The parts in which one family of decoders differs from another; the rest of the graph is the same for all. */
import { usageError } from '../../../command-line/errors.ts';
import { type DecoderShape, type Rotation, readFactors, rotaryTables } from './decoder-shape.ts';
import { float, type GraphBuilder, graphInputs, integer } from './graph-builder.ts';
import type { Weights } from './weights.ts';

export interface GraphParts {
  graph: GraphBuilder;
  weights: Weights;
  shape: DecoderShape;
  /** Positions for which the graph must have rotations or embeddings. */
  contextTokens: number;
}

/** Builds the parts of a graph; values are float32 of (1, tokens, width) and go by their names. */
export interface Family {
  /** Looks up the embeddings of the tokens. */
  embed(): string;
  /** Adds the addition, if any, to the residual stream and normalises the sum. */
  norm(name: string, stream: string, addition: string | undefined): Normed;
  /** Computes queries, keys and values of (1, tokens, heads · head size), rotated in families with rotary positions. */
  project(layer: number, normed: string): Projected;
  feedForward(layer: number, normed: string): string;
}

interface Normed {
  normed: string;
  /** The residual stream, the addition included. */
  stream: string;
}

export interface Projected {
  queries: string;
  keys: string;
  values: string;
}

/** @throws UserError when the context is longer than the learned positions of the model */
export function familyOf(parts: GraphParts): Family {
  const { rotation } = parts.shape;
  return rotation === null ? gpt2Family(parts) : llamaFamily(parts, rotation);
}

const factorsName = 'rope_freqs.weight';

/**
 * The Llama family: RMS norms, rotary positions, grouped queries, gated feed-forward (llama.cpp, src/models/llama.cpp). Qwen2
 * differs by biases on queries, keys and values and by which dimensions rotate as a pair (qwen2.cpp there).
 */
function llamaFamily(parts: GraphParts, rotation: Rotation): Family {
  const { graph, weights, shape } = parts;
  const tables = addTables(parts, rotation);
  const epsilon = { epsilon: float(shape.normEpsilon) };

  const rotated = (name: string, x: string, heads: number) =>
    graph.contrib('RotaryEmbedding', name, [x, graphInputs.positions, ...tables], {
      interleaved: integer(rotation.interleaved ? 1 : 0),
      ...partly(rotation, shape, heads),
    });

  return {
    embed: () => weights.rows('token_embd', graphInputs.tokens),

    norm(name, stream, addition) {
      const scale = weights.vector(`${name}.weight`);
      if (addition === undefined) {
        return { normed: graph.onnx('SimplifiedLayerNormalization', name, [stream, scale], epsilon), stream };
      }
      const sum = `${name}.sum`;
      graph.contrib('SkipSimplifiedLayerNormalization', [name, '', '', sum], [stream, addition, scale], epsilon);
      return { normed: name, stream: sum };
    },

    project(layer, normed) {
      const name = (part: string) => `blk.${layer}.attn_${part}`;
      return {
        queries: rotated(name('q.rotated'), weights.linear(name('q'), normed), shape.heads),
        keys: rotated(name('k.rotated'), weights.linear(name('k'), normed), shape.keyValueHeads),
        values: weights.linear(name('v'), normed),
      };
    },

    feedForward(layer, normed) {
      const name = (part: string) => `blk.${layer}.ffn_${part}`;
      // x · sigmoid(1 · x)
      const gate = weights.linear(name('gate'), normed);
      const silu = graph.contrib('QuickGelu', name('silu'), [gate], { alpha: float(1) });
      const product = graph.onnx('Mul', name('product'), [silu, weights.linear(name('up'), normed)]);
      return weights.linear(name('down'), product);
    },
  };
}

/** @returns names of the constants of cosines and sines, both of (positions, pairs) */
function addTables({ graph, weights, contextTokens }: GraphParts, rotation: Rotation): [string, string] {
  const factors = weights.has(factorsName) ? readFactors(weights.take(factorsName)) : undefined;
  const { cosines, sines } = rotaryTables(rotation, contextTokens, factors);
  const shape = [contextTokens, rotation.dimensions / 2];
  return [graph.constant('cosines', 'float32', shape, cosines), graph.constant('sines', 'float32', shape, sines)];
}

/** Attributes that the operator needs when only a part of a head is rotated. */
function partly({ dimensions }: Rotation, { headSize }: DecoderShape, heads: number) {
  if (dimensions === headSize) return {};
  return { rotary_embedding_dim: integer(dimensions), num_heads: integer(heads) };
}

/**
 * GPT-2: layer norms, learned positions, biases everywhere, plain feed-forward (llama.cpp, src/models/gpt2.cpp).
 * @throws UserError when the context is longer than the learned positions
 */
function gpt2Family({ graph, weights, shape, contextTokens }: GraphParts): Family {
  if (contextTokens > shape.contextLength) {
    throw usageError(
      `the model has ${shape.contextLength} learned positions, fewer than --context ${contextTokens}`,
      `Choose --context ${shape.contextLength} or less.`,
    );
  }
  const epsilon = { epsilon: float(shape.normEpsilon) };

  return {
    embed() {
      const tokens = weights.rows('token_embd', graphInputs.tokens);
      return graph.onnx('Add', 'embedding', [tokens, weights.rows('position_embd', graphInputs.positions)]);
    },

    norm(name, stream, addition) {
      const scaleAndShift = [weights.vector(`${name}.weight`), weights.vector(`${name}.bias`)];
      if (addition === undefined) {
        return { normed: graph.onnx('LayerNormalization', name, [stream, ...scaleAndShift], epsilon), stream };
      }
      const sum = `${name}.sum`;
      graph.contrib('SkipLayerNormalization', [name, '', '', sum], [stream, addition, ...scaleAndShift], epsilon);
      return { normed: name, stream: sum };
    },

    project(layer, normed) {
      const name = `blk.${layer}.attn_qkv`;
      const [queries, keys, values] = [`${name}.queries`, `${name}.keys`, `${name}.values`] as const;
      graph.onnx('Split', [queries, keys, values], [weights.linear(name, normed)], {
        axis: integer(-1),
        num_outputs: integer(3),
      });
      return { queries, keys, values };
    },

    feedForward(layer, normed) {
      const name = (part: string) => `blk.${layer}.ffn_${part}`;
      // The approximation with tanh, which is GPT-2's own.
      const activated = graph.contrib('FastGelu', name('gelu'), [weights.linear(name('up'), normed)]);
      return weights.linear(name('down'), activated);
    },
  };
}
