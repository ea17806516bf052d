/** Exports the graph of a GGUF file as a folder: model.onnx, its weights, and a description of its inputs and outputs. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGguf } from '../../models/gguf/reader.ts';
import { replaceFile, writeOutput } from '../../models/new-file.ts';
import { type DecoderOptions, decoderGraph } from './graph/decoder-graph.ts';
import { graphInputs, graphOutputs, operatorSets } from './graph/graph-builder.ts';
import { onnxBytes } from './graph/onnx-file.ts';
import { providerFor } from './providers.ts';
import { openSession } from './session.ts';

export interface ExportedGraph {
  /** Path of the graph; its weights are in the same folder. */
  path: string;
  /** Size of both files. */
  bytes: number;
  layers: number;
  vocabulary: number;
}

const graphFile = 'model.onnx';
const dataFile = 'model.onnx_data';
const descriptionFile = 'interface.json';

/**
 * @param properties metadata of the graph
 * @param progress from 0 to 1
 * @throws UserError when the model is not supported, or the disk has too little space
 */
export async function exportGraph(
  modelPath: string,
  folder: string,
  options: DecoderOptions,
  properties: ReadonlyMap<string, string>,
  progress: (fraction: number) => void,
): Promise<ExportedGraph> {
  const { graph, data, shape } = decoderGraph(await readGguf(modelPath), dataFile, options);
  const bytes = onnxBytes({ graph, operatorSets, properties });
  await writeOutput(join(folder, dataFile), data.bytes, async (temporary) => {
    await using target = await open(temporary, 'w');
    await data.write(target, progress);
  });
  await replaceFile(join(folder, descriptionFile), `${JSON.stringify(description(options, shape), null, 2)}\n`);
  // The graph comes last: a folder that has one is complete.
  const path = join(folder, graphFile);
  await writeOutput(path, bytes.length, (temporary) => writeFile(temporary, bytes));
  return { path, bytes: data.bytes + bytes.length, layers: shape.layers, vocabulary: shape.vocabulary };
}

/** Opens the graph once on the processor. @throws UserError with the message of ONNX Runtime */
export async function checkGraph(path: string): Promise<void> {
  const { session } = await openSession(path, await providerFor('cpu'), { threads: 1 }, []);
  await session.release();
}

function description(
  { contextTokens, keyValueType }: DecoderOptions,
  { layers, vocabulary }: { layers: number; vocabulary: number },
) {
  return {
    graph: graphFile,
    weights: dataFile,
    contextTokens,
    keyValueType,
    layers,
    vocabulary,
    inputs: {
      [graphInputs.tokens]: 'int64 (1, tokens)',
      [graphInputs.positions]: 'int64 (1, tokens)',
      [graphInputs.lastPosition]: 'int32 (1): position of the last token',
      [graphInputs.totalLength]: 'int32 (1): cached positions and new ones',
      [graphInputs.logitRows]: 'int64 (rows): indexes among the new tokens whose logits are wanted',
      'past_key_values.N.key, .value': `${keyValueType} (1, KV heads, positions, head size), a pair a layer`,
    },
    outputs: {
      [graphOutputs.nextTokens]: 'int64 (1, rows): ids of the greatest logits',
      [graphOutputs.logits]: 'float32 (1, rows, vocabulary)',
      'present.N.key, .value': 'keys and values of all positions, a pair a layer',
    },
  };
}
