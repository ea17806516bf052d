/** Writes the graph of a GGUF file, or finds it in the cache, and loads it. */
import type { LoadRequest } from '../framework.ts';
import type { KeyValueType } from './attention.ts';
import { graphFiles, graphFolder } from './graph-files.ts';
import { HostCache } from './host-cache.ts';
import type { CacheShape, KeyValueCache } from './key-value-cache.ts';
import type { LoadedGraph } from './loaded-graph.ts';
import type { Graph } from './onnx-file.ts';
import { PassedOnCache } from './passed-on-cache.ts';
import type { Provider } from './providers.ts';
import { openSession } from './session.ts';
import { writtenInterface } from './written-interface.ts';

/** @param accuracyLevel of MatMulNBits */
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
  return provider.keepsOutputs ? new PassedOnCache(shape, type) : new HostCache(shape, type, contextTokens);
}

/** Null where no matrix is in integers. */
function accuracyLevelOf({ nodes }: Graph): number | null {
  const level = nodes.find(({ operator }) => operator === 'MatMulNBits')?.attributes.accuracy_level;
  return level !== undefined && 'integer' in level ? level.integer : null;
}
