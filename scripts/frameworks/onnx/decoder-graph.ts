/**
 * The graph of a whole decoder: token ids and cached keys and values in; the next token, logits, and new keys and values out.
 * One graph serves prompts and single tokens.
 */
import type { GgufFile } from '../../models/gguf/format.ts';
import type { ResidentWeights } from '../framework.ts';
import { attention, type KeyValueType } from './attention.ts';
import { DataFilePlan } from './data-file.ts';
import { type DecoderShape, decoderShape } from './decoder-shape.ts';
import type { Family, GraphParts } from './family.ts';
import { gpt2Family } from './gpt2-family.ts';
import { GraphBuilder, integer, integers } from './graph-builder.ts';
import { graphInputs, graphOutputs } from './graph-values.ts';
import { llamaFamily } from './llama-family.ts';
import type { Graph } from './onnx-file.ts';
import { type WeightOptions, Weights } from './weights.ts';

export interface DecoderOptions extends WeightOptions {
  keyValueType: KeyValueType;
  contextTokens: number;
}

export interface DecoderGraph {
  graph: Graph;
  /** What the file of weights will hold. */
  data: DataFilePlan;
  shape: DecoderShape;
  weights: { resident: ResidentWeights | undefined; bytes: number };
}

/**
 * @param dataName of the file of weights, beside the graph's own
 * @throws UserError when the model has something for which no graph is written
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
    weights: { resident: weights.resident(), bytes: weights.residentBytes },
  };
}

function familyOf(parts: GraphParts): Family {
  const { rotation } = parts.shape;
  return rotation === null ? gpt2Family(parts) : llamaFamily(parts, rotation);
}

function addInputs(graph: GraphBuilder): void {
  graph.input(graphInputs.tokens, 'int64', [1, 'tokens']);
  graph.input(graphInputs.positions, 'int64', [1, 'tokens']);
  graph.input(graphInputs.lastPosition, 'int32', [1]);
  graph.input(graphInputs.totalLength, 'int32', [1]);
  graph.input(graphInputs.logitRows, 'int64', ['rows']);
}

/** @returns what the last norm makes of the residual stream */
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

/** In one tensor: each output costs some microseconds on its way to JavaScript. */
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

/** Of the wanted rows only: a prompt needs its last one. */
function addLogits({ graph, weights, shape }: GraphParts, hidden: string): void {
  const rows = graph.onnx('Gather', 'wanted_rows', [hidden, graphInputs.logitRows], { axis: integer(1) });
  const tied = !weights.has('output.weight');
  const logits = weights.linear(tied ? 'token_embd' : 'output', rows, graphOutputs.logits);
  graph.output(logits, 'float32', [1, 'rows', shape.vocabulary]);
  const next = { axis: integer(-1), keepdims: integer(0) };
  graph.output(graph.onnx('ArgMax', graphOutputs.nextTokens, [logits], next), 'int64', [1, 'rows']);
}
