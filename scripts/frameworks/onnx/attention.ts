/** Attention over cached and new keys and values, by ONNX Runtime's own operator. */
import type { DecoderShape } from './decoder-shape.ts';
import type { Projected } from './family.ts';
import { type GraphBuilder, integer } from './graph-builder.ts';
import { graphInputs, keyValueInput, keyValueOutput } from './graph-values.ts';
import { elementTypes } from './onnx-file.ts';

/** Formats in which keys and values can be cached. */
export type KeyValueType = 'float32' | 'float16';

/**
 * Queries, keys and values are float32 of (1, tokens, heads · head size), already rotated: a cache in float16 rounds keys
 * once, as llama.cpp does.
 * @returns float32 of (1, tokens, heads · head size), and keys and values in the type of the cache
 */
export function attention(
  graph: GraphBuilder,
  shape: DecoderShape,
  layer: number,
  type: KeyValueType,
  projected: Projected,
): { attended: string; keys: string; values: string } {
  const name = `blk.${layer}.attention`;
  const { queries, keys, values } =
    type === 'float32'
      ? projected
      : {
          queries: cast(graph, `${name}.queries`, projected.queries, type),
          keys: cast(graph, `${name}.keys`, projected.keys, type),
          values: cast(graph, `${name}.values`, projected.values, type),
        };
  const size = (positions: string) => [1, shape.keyValueHeads, positions, shape.headSize];
  const past = (['key', 'value'] as const).map((part) =>
    graph.input(keyValueInput(layer, part), type, size('past_sequence_length')),
  );
  const present = (['key', 'value'] as const).map((part) => keyValueOutput(layer, part));
  for (const output of present) graph.output(output, type, size('total_sequence_length'));
  const inputs = [queries, keys, values, ...past, graphInputs.lastPosition, graphInputs.totalLength];
  graph.contrib('GroupQueryAttention', [name, ...present], inputs, {
    num_heads: integer(shape.heads),
    kv_num_heads: integer(shape.keyValueHeads),
  });
  const attended = type === 'float32' ? name : cast(graph, `${name}.float32`, name, 'float32');
  return { attended, keys, values };
}

function cast(graph: GraphBuilder, name: string, value: string, type: KeyValueType): string {
  return graph.onnx('Cast', name, [value], { to: integer(elementTypes[type].id) });
}
