/** GPT-2: layer norms, learned positions, biases everywhere, plain feed-forward (llama.cpp, src/models/gpt2.cpp). */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Family, GraphParts } from './family.ts';
import { float, integer } from './graph-builder.ts';
import { graphInputs } from './graph-values.ts';

/** @throws UserError when the context is longer than the learned positions */
export function gpt2Family({ graph, weights, shape, contextTokens }: GraphParts): Family {
  if (contextTokens > shape.contextLength) {
    throw new UserError(
      `the model has ${shape.contextLength} learned positions, fewer than --context ${contextTokens}`,
      {
        exitCode: exitCodes.usage,
        remedy: `Choose --context ${shape.contextLength} or less.`,
      },
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
