/**
 * The Llama family: RMS norms, rotary positions, grouped queries, gated feed-forward (llama.cpp, src/models/llama.cpp). Qwen2
 * is the same with biases on queries, keys and values and other pairs of rotated dimensions (qwen2.cpp there).
 */
import type { DecoderShape, Rotation } from './decoder-shape.ts';
import type { Family, GraphParts } from './family.ts';
import { float, integer } from './graph-builder.ts';
import { graphInputs } from './graph-values.ts';
import { readFactors, rotaryTables } from './rotary-tables.ts';

const factorsName = 'rope_freqs.weight';

export function llamaFamily(parts: GraphParts, rotation: Rotation): Family {
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

/** @returns names of the cosines and sines, of (positions, pairs) */
function addTables({ graph, weights, contextTokens }: GraphParts, rotation: Rotation): [string, string] {
  const factors = weights.has(factorsName) ? readFactors(weights.take(factorsName)) : undefined;
  const { cosines, sines } = rotaryTables(rotation, contextTokens, factors);
  const shape = [contextTokens, rotation.dimensions / 2];
  return [graph.constant('cosines', 'float32', shape, cosines), graph.constant('sines', 'float32', shape, sines)];
}

/** The operator must be told where only a part of a head is rotated. */
function partly({ dimensions }: Rotation, { headSize }: DecoderShape, heads: number) {
  if (dimensions === headSize) return {};
  return { rotary_embedding_dim: integer(dimensions), num_heads: integer(heads) };
}
