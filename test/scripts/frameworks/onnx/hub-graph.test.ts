import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { onnx } from '../../../../scripts/frameworks/onnx/framework.ts';
import { operatorSets } from '../../../../scripts/frameworks/onnx/graph/graph-builder.ts';
import { graphFiles } from '../../../../scripts/frameworks/onnx/graph/graph-files.ts';
import {
  type Attribute,
  type Graph,
  type GraphNode,
  type Initializer,
  onnxBytes,
} from '../../../../scripts/frameworks/onnx/graph/onnx-file.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { modelFolder, silent, smallModel } from '../../models/model-folder.ts';
import { greedy, loadHere, logitRows, openEngine } from './engines.ts';

afterEach(() => vi.unstubAllEnvs());

const node = (
  operator: string,
  output: string,
  inputs: string[],
  attributes: Record<string, Attribute> = {},
): GraphNode => ({
  ...{ operator, domain: '', name: output, inputs, outputs: [output], attributes },
});

const number = (name: string, value: number, shape: number[]): Initializer => ({
  ...{ name, type: 'int64', shape },
  content: { bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) },
});

const toInt32 = { to: { integer: 6 } };

/** Our graph with the inputs and outputs that exporters for transformers.js give one. */
function inHubLayout(graph: Graph): Graph {
  const ours = ['seqlens_k', 'total_sequence_length', 'logit_rows'];
  const notTheirs = ['next_tokens', 'new_keys_and_values'];
  return {
    ...graph,
    inputs: new Map([
      ...[...graph.inputs].filter(([name]) => !ours.includes(name)),
      ['attention_mask', { type: 'int64', shape: [1, 'total_sequence_length'] }] as const,
    ]),
    outputs: new Map([...graph.outputs].filter(([name]) => !notTheirs.includes(name))),
    initializers: [...graph.initializers, number('one', 1, [1]), number('zero', 0, []), number('step', 1, [])],
    nodes: [
      node('ReduceSum', 'length', ['attention_mask', 'one'], { keepdims: { integer: 0 } }),
      node('Sub', 'last', ['length', 'one']),
      node('Cast', 'seqlens_k', ['last'], toInt32),
      node('Shape', 'mask_length', ['attention_mask'], { start: { integer: 1 } }),
      node('Cast', 'total_sequence_length', ['mask_length'], toInt32),
      node('Shape', 'token_count', ['input_ids'], { start: { integer: 1 } }),
      node('Squeeze', 'tokens', ['token_count']),
      node('Range', 'logit_rows', ['zero', 'tokens', 'step']),
      ...graph.nodes,
    ],
  };
}

/** A model's folder as the hub has it, its GGUF file, and that file's own graph. */
async function hubFolder() {
  const folder = modelFolder();
  vi.stubEnv('TOKENLAP_CACHE', folder);
  const source = await synthesize(smallModel('llama'), 'f16', 3, folder, silent);
  const graphs = join(folder, 'model', 'onnx');
  const files = await graphFiles(
    source,
    { keyValueType: 'float32', contextTokens: 256, accuracyLevel: 0, forProcessor: true },
    graphs,
    () => {},
  );
  rmSync(files.path);
  writeFileSync(
    join(graphs, 'model.onnx'),
    onnxBytes({ graph: inHubLayout(files.graph), operatorSets, properties: new Map() }),
  );
  return { source, folder: join(folder, 'model'), graphs };
}

test('a graph in the layout of transformers.js gives what our own gives, and is not compared', async () => {
  const { source, folder } = await hubFolder();
  await using own = await openEngine(onnx, source);
  vi.stubEnv('TOKENLAP_ONNX_GRAPH', folder);
  await using hub = await openEngine(onnx, source, { batchTokens: 4 });
  expect(hub.loaded.effective).toMatchObject({
    comparable: false,
    build: { graph: 'model.onnx' },
    settings: { kvType: 'f32' },
  });
  expect(hub.loaded.effective.notes.map(({ code }) => code)).toEqual(['foreign_graph']);
  const asked = { prompt: [260, 261, 270, 280, 290], maxTokens: 12, ...greedy, ignoreEndOfSequence: true };
  const expected = await own.engine.generate(asked);
  expect((await hub.engine.generate(asked)).ids).toEqual(expected.ids);
  expect((await hub.engine.generate({ ...asked, reusePrefix: true })).ids).toEqual(expected.ids);
  const tokens = [...asked.prompt, ...expected.ids];
  const [ours, theirs] = [await logitRows(own.engine, tokens, 3), await logitRows(hub.engine, tokens, 3)];
  expect(theirs).toEqual(ours);
});

test('a folder without a graph, or with several, is refused with what there is', async () => {
  const { source, folder, graphs } = await hubFolder();
  vi.stubEnv('TOKENLAP_ONNX_GRAPH', folder);
  rmSync(join(graphs, 'model.onnx'));
  await expect(loadHere(onnx, source)).rejects.toThrow(/has 0 graphs/);
  for (const name of ['model_q4.onnx', 'model_fp16.onnx']) writeFileSync(join(graphs, name), '');
  expect(readdirSync(graphs)).toHaveLength(3);
  await expect(loadHere(onnx, source)).rejects.toThrow(/has 2 graphs/);
  vi.stubEnv('TOKENLAP_ONNX_GRAPH', join(folder, 'nothing'));
  await expect(loadHere(onnx, source)).rejects.toThrow(/there is no such file/);
});

test('a graph with another interface is refused with its name for what it wants', async () => {
  const { source, folder, graphs } = await hubFolder();
  const bytes = onnxBytes({
    graph: {
      ...{ name: 'other', initializers: [], nodes: [node('Identity', 'logits', ['pixel_values'])] },
      inputs: new Map([
        ['pixel_values', { type: 'float32', shape: [1, 8] }],
        ['past_key_values.0.key', { type: 'float32', shape: [1, 2, 'past', 4] }],
      ]),
      outputs: new Map([['logits', { type: 'float32', shape: [1, 8] }]]),
    },
    ...{ operatorSets, properties: new Map<string, string>() },
  });
  mkdirSync(graphs, { recursive: true });
  writeFileSync(join(graphs, 'model.onnx'), bytes);
  vi.stubEnv('TOKENLAP_ONNX_GRAPH', folder);
  await expect(loadHere(onnx, source)).rejects.toThrow(/it takes the input "pixel_values"/);
});
