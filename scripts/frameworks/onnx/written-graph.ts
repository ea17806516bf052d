/** Loads the graph of a GGUF file from the cache, and writes it there first if necessary. */
import type { LoadRequest } from '../framework.ts';
import { graphFiles, graphFolder } from './graph/graph-files.ts';
import type { Graph } from './graph/onnx-file.ts';
import type { KeyValueType } from './graph/value-names.ts';
import { writtenInterface } from './graph-interface.ts';
import type { LoadedGraph } from './graph-runner.ts';
import { type CacheShape, FedBackCache, HostCache, type KeyValueCache } from './key-value-cache.ts';
import type { Provider } from './providers.ts';
import { openSession } from './session.ts';

/** @param accuracyLevel accuracy level of MatMulNBits */
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
  const cache = cacheFor(provider, files.shape, keyValueType, contextTokens);
  const staying = provider.keepsOutputs ? cache.outputs : [];
  const { session, threads } = await span('model_load', () => openSession(files.path, provider, settings, staying));
  return {
    ...{ session, interface: writtenInterface(), cache, provider, threads },
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

function cacheFor(provider: Provider, shape: CacheShape, type: KeyValueType, contextTokens: number): KeyValueCache {
  return provider.keepsOutputs ? new FedBackCache(shape, type) : new HostCache(shape, type, contextTokens);
}

/** Accuracy level of the matrices in integers; null when there are none. */
function accuracyLevelOf({ nodes }: Graph): number | null {
  const level = nodes.find(({ operator }) => operator === 'MatMulNBits')?.attributes.accuracy_level;
  return level !== undefined && 'integer' in level ? level.integer : null;
}
