/** Loads graphs: the graph of a GGUF file, or one that was exported elsewhere. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { exitCodes, fileError, UserError, usageError } from '../../command-line/errors.ts';
import { ggufFacts } from '../../models/gguf/facts.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import type { LoadRequest } from '../framework.ts';
import { graphOutputs, type KeyValueType, keyValueInput } from './graph/graph-builder.ts';
import { graphFiles, graphFolder } from './graph/graph-files.ts';
import type { Graph } from './graph/onnx-file.ts';
import { hubInterface, writtenInterface } from './graph-interface.ts';
import type { LoadedGraph } from './graph-runner.ts';
import { type CacheShape, FedBackCache, HostCache } from './key-value-cache.ts';
import type { Provider } from './providers.ts';
import type { InferenceSession } from './runtime.ts';
import { openSession } from './session.ts';

/**
 * Loads the graph of a GGUF file from the cache, and writes it there first if necessary.
 * @param accuracyLevel accuracy level of MatMulNBits
 */
export async function loadWrittenGraph(
  { modelPath, settings, progress, span }: LoadRequest,
  provider: Provider,
  keyValueType: KeyValueType,
  accuracyLevel: number,
): Promise<LoadedGraph> {
  const { contextTokens } = settings;
  const files = await graphFiles(
    modelPath,
    { keyValueType, contextTokens, accuracyLevel, forProcessor: provider.device === 'cpu' },
    graphFolder(),
    progress,
  );
  const cache = provider.keepsOutputs
    ? new FedBackCache(files.shape, keyValueType)
    : new HostCache(files.shape, keyValueType, contextTokens);
  const staying = provider.keepsOutputs ? cache.outputs : [];
  const { session, threads } = await span('model_load', () => openSession(files.path, provider, settings, staying));
  return {
    session,
    interface: writtenInterface(),
    cache,
    provider,
    threads,
    facts: {
      path: files.path,
      fileBytes: files.fileBytes,
      writtenMs: files.writtenMs,
      shape: files.shape,
      vocabulary: files.shape.vocabulary,
      keyValueType,
      accuracyLevel: accuracyLevelOf(files.graph),
      weightsBytes: files.weights.bytes,
      weights: files.weights.resident,
      foreign: false,
    },
  };
}

/** Accuracy level of the matrices in integers; null when there are none. */
function accuracyLevelOf({ nodes }: Graph): number | null {
  const level = nodes.find(({ operator }) => operator === 'MatMulNBits')?.attributes.accuracy_level;
  return level !== undefined && 'integer' in level ? level.integer : null;
}

/**
 * Loads a graph in the layout of transformers.js: <folder>/onnx/model*.onnx.
 * @param given file of the graph, or folder of its model
 * @throws UserError when there is no such file, or the graph has another layout
 */
export async function loadHubGraph(
  { modelPath, settings, span }: LoadRequest,
  provider: Provider,
  given: string,
): Promise<LoadedGraph> {
  const path = graphPath(given);
  const { session, threads } = await span('model_load', () => openSession(path, provider, settings, []));
  const { shape, keyValueType } = cacheOf(session);
  const { parameters } = ggufFacts(await readGguf(modelPath));
  const fileBytes = bytesOf(path);
  return {
    session,
    interface: hubInterface(session),
    cache: new FedBackCache(shape, keyValueType),
    provider,
    threads,
    facts: {
      path,
      fileBytes,
      writtenMs: null,
      shape,
      vocabulary: vocabularyOf(session),
      keyValueType,
      accuracyLevel: null,
      weightsBytes: fileBytes,
      foreign: true,
      weights: {
        format: `as in ${basename(path)}`,
        bitsPerWeight: (fileBytes * 8) / parameters,
        bytesPerToken: fileBytes,
      },
    },
  };
}

/** Finds the graph: the file itself, or in a folder model.onnx or the only graph. */
function graphPath(given: string): string {
  try {
    if (statSync(given).isFile()) return given;
    const folder = readdirSync(given).includes('onnx') ? join(given, 'onnx') : given;
    const graphs = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
    const [only, ...others] = graphs.includes('model.onnx') ? ['model.onnx'] : graphs;
    if (only !== undefined && others.length === 0) return join(folder, only);
    throw usageError(
      `${folder} has ${graphs.length} graphs`,
      graphs.length === 0 ? 'Name a folder with onnx/model.onnx.' : `Name one of them: ${graphs.join(', ')}.`,
    );
  } catch (error) {
    throw fileError(error, given, 'Opening the graph');
  }
}

/** Size of the graph and of its weight files, whose names begin with its name. */
function bytesOf(path: string): number {
  const folder = dirname(path);
  const files = readdirSync(folder).filter((name) => name === basename(path) || name.startsWith(`${basename(path)}_`));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function cacheOf({ inputNames, inputMetadata }: InferenceSession): { shape: CacheShape; keyValueType: KeyValueType } {
  const first = inputMetadata.find(({ name }) => name === keyValueInput(0, 'key'));
  const layers = inputNames.filter((name) => /^past_key_values\.\d+\.key$/.test(name)).length;
  if (first?.isTensor === true && (first.type === 'float32' || first.type === 'float16')) {
    const [, keyValueHeads, , headSize] = first.shape;
    if (typeof keyValueHeads === 'number' && typeof headSize === 'number') {
      return { shape: { layers, keyValueHeads, headSize }, keyValueType: first.type };
    }
  }
  throw usageError(
    'the graph has no inputs for cached keys and values of a known shape',
    'Choose a decoder that was exported with its cache (text-generation-with-past).',
  );
}

function vocabularyOf({ outputMetadata }: InferenceSession): number {
  const logits = outputMetadata.find(({ name }) => name === graphOutputs.logits);
  const size = logits?.isTensor === true ? logits.shape.at(-1) : undefined;
  if (typeof size === 'number') return size;
  throw new UserError('the graph does not declare the size of its vocabulary', { exitCode: exitCodes.usage });
}
