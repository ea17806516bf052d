/**
 * The graph of a whole decoder: token ids and cached keys and values in; the next token, logits, and new keys and values out.
 * One graph serves prompts and single tokens.
 */
import type { GgufFile } from '../../../models/gguf/format.ts';
import type { WeightOptions } from '../options.ts';
import { DataFilePlan } from './data-file.ts';
import { type DecoderShape, decoderShape } from './decoder-shape.ts';
import { type Family, familyOf, type GraphParts, type Projected } from './families.ts';
import {
  GraphBuilder,
  graphInputs,
  graphOutputs,
  integer,
  integers,
  type KeyValueType,
  keyAndValue,
  keyValueInput,
  keyValueOutput,
} from './graph-builder.ts';
import { elementTypes, type Graph } from './onnx-file.ts';
import { Weights } from './weights.ts';

export interface DecoderOptions extends WeightOptions {
  keyValueType: KeyValueType;
  contextTokens: number;
}

export interface DecoderGraph {
  graph: Graph;
  /** The content of the weight file. */
  data: DataFilePlan;
  shape: DecoderShape;
  weights: ReturnType<Weights['stored']>;
}

/**
 * @param dataName name of the weight file, in the folder of the graph
 * @throws UserError when the writer does not support something in the model
 */
export function decoderGraph(file: GgufFile, dataName: string, options: DecoderOptions): DecoderGraph {
  const shape = decoderShape(file);
  const graph = new GraphBuilder();
  const data = new DataFilePlan();
  const weights = new Weights(file, graph, data, dataName, options);
  const parts: GraphParts = { graph, weights, shape, contextTokens: options.contextTokens };
  addInputs(graph);
  const hidden = addLayers(parts, familyOf(parts), options.keyValueType);
  addLogits(parts, hidden);
  weights.assertAllUsed();
  return {
    graph: graph.build(`${shape.family} of ${shape.layers} layers`),
    data,
    shape,
    weights: weights.stored(),
  };
}

function addInputs(graph: GraphBuilder): void {
  graph.input(graphInputs.tokens, 'int64', [1, 'tokens']);
  graph.input(graphInputs.positions, 'int64', [1, 'tokens']);
  graph.input(graphInputs.lastPosition, 'int32', [1]);
  graph.input(graphInputs.totalLength, 'int32', [1]);
  graph.input(graphInputs.logitRows, 'int64', ['rows']);
}

/** @returns the residual stream after the last norm */
function addLayers({ graph, weights, shape }: GraphParts, family: Family, type: KeyValueType): string {
  const cached: string[] = [];
  let stream = family.embed();
  let addition: string | undefined;
  for (let layer = 0; layer < shape.layers; layer++) {
    const before = family.norm(`blk.${layer}.attn_norm`, stream, addition);
    const { attended, keys, values } = attention(graph, shape, layer, type, family.project(layer, before.normed));
    cached.push(keys, values);
    const between = family.norm(
      `blk.${layer}.ffn_norm`,
      before.stream,
      weights.linear(`blk.${layer}.attn_output`, attended),
    );
    addition = family.feedForward(layer, between.normed);
    stream = between.stream;
  }
  addNewKeysAndValues(graph, shape, cached, type);
  return family.norm('output_norm', stream, addition).normed;
}

/** Joins them in one tensor: each output costs some microseconds on its way to JavaScript. */
function addNewKeysAndValues(
  graph: GraphBuilder,
  { keyValueHeads, headSize }: DecoderShape,
  cached: readonly string[],
  type: KeyValueType,
): void {
  const byPosition = [cached.length, -1, keyValueHeads, headSize];
  const shape = graph.constant('cache_shape', 'int64', [4], BigInt64Array.from(byPosition, BigInt));
  const all = graph.onnx('Concat', 'all_keys_and_values', cached, { axis: integer(0) });
  const split = graph.onnx('Reshape', 'keys_and_values_by_position', [all, shape]);
  const name = graphOutputs.newKeysAndValues;
  graph.onnx('Transpose', name, [split], { perm: integers(0, 2, 1, 3) });
  graph.output(name, type, [cached.length, keyValueHeads, 'tokens', headSize]);
}

/** Computes logits of the wanted rows only: a prompt needs its last one. */
function addLogits({ graph, weights, shape }: GraphParts, hidden: string): void {
  const rows = graph.onnx('Gather', 'wanted_rows', [hidden, graphInputs.logitRows], { axis: integer(1) });
  const tied = !weights.has('output.weight');
  const logits = weights.linear(tied ? 'token_embd' : 'output', rows, graphOutputs.logits);
  graph.output(logits, 'float32', [1, 'rows', shape.vocabulary]);
  const next = { axis: integer(-1), keepdims: integer(0) };
  graph.output(graph.onnx('ArgMax', graphOutputs.nextTokens, [logits], next), 'int64', [1, 'rows']);
}

/**
 * Attention over cached and new keys and values, by ONNX Runtime's own operator. Queries, keys and values are float32 of
 * (1, tokens, heads · head size), already rotated: a cache in float16 rounds keys once, as llama.cpp does.
 * @returns float32 of (1, tokens, heads · head size), and keys and values in the type of the cache
 */
function attention(
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
  const past = keyAndValue.map((part) => graph.input(keyValueInput(layer, part), type, size('past_sequence_length')));
  const present = keyAndValue.map((part) => keyValueOutput(layer, part));
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
