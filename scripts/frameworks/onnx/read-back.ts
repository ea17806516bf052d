/** The settings that ONNX Runtime really uses, which can differ from the requested ones. */
import { basename } from 'node:path';
import { type GgufMetadata, numberField, textField } from '../../models/gguf/format.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type EffectiveSettings, notesWhere } from '../framework.ts';
import { contextNote, softwareNote, threadAffinity } from '../read-back.ts';
import type { KeyValueType } from './graph/graph-builder.ts';
import { elementTypes } from './graph/onnx-file.ts';
import type { GraphFacts, LoadedGraph } from './graph-runner.ts';
import { eightBitActivations } from './options.ts';
import type { Provider } from './providers.ts';
import { runtimeVersion } from './runtime.ts';
import { allowsSpinning } from './session.ts';

const typeNames: Readonly<Record<KeyValueType, string>> = { float32: 'f32', float16: 'f16' };

export function readBack(
  { provider, threads, facts, interface: graph }: LoadedGraph,
  metadata: GgufMetadata,
  settings: EngineSettings,
): EffectiveSettings {
  const { layers, keyValueHeads, headSize } = facts.shape;
  return {
    device: provider.device,
    deviceName: provider.deviceName,
    comparable: !provider.software && !facts.foreign,
    settings: {
      threads,
      gpuLayers: provider.device === 'cpu' ? 0 : layers,
      contextTokens: settings.contextTokens,
      batchTokens: settings.batchTokens,
      flashAttention: null,
      kvType: typeNames[facts.keyValueType],
      accuracyLevel: facts.accuracyLevel,
      kernelChoosesToken: graph.nextTokens !== null,
      activations: activationsOf(facts, provider),
      spinning: provider.device === 'cpu' ? threads > 1 && allowsSpinning : null,
      affinity: threadAffinity(),
    },
    build: {
      runtime: runtimeVersion(),
      executionProvider: provider.name,
      graph: basename(facts.path),
      // The binary from npm chooses among its routines by itself and does not report which.
      buildType: 'prebuilt',
      cpuVariant: null,
    },
    kvBytesPerPosition: 2 * layers * keyValueHeads * headSize * elementTypes[facts.keyValueType].bytes,
    ...(facts.weights === undefined ? {} : { weights: facts.weights }),
    notes: notesOf({ provider, facts }, metadata, settings),
  };
}

/** Written graphs compute in float32 except where MatMulNBits quantises; of other graphs this is unknown (null). */
function activationsOf({ foreign, accuracyLevel }: GraphFacts, { device }: Provider): string | null {
  if (foreign) return null;
  if (accuracyLevel === null || accuracyLevel < 2) return 'f32';
  if (accuracyLevel >= eightBitActivations) return 'int8';
  // Levels of 16 bits mean float32 on a processor; elsewhere it depends on the provider.
  return device === 'cpu' ? 'f32' : null;
}

function notesOf(
  { provider, facts }: Pick<LoadedGraph, 'provider' | 'facts'>,
  metadata: GgufMetadata,
  { kvType, gpuLayers, contextTokens, flashAttention }: EngineSettings,
): EffectiveSettings['notes'] {
  const { device, deviceName, software, keepsOutputs } = provider;
  const { layers } = facts.shape;
  const cached = typeNames[facts.keyValueType];
  const architecture = textField(metadata, 'general.architecture');
  const trainedFor = numberField(metadata, `${architecture}.context_length`) ?? Number.POSITIVE_INFINITY;
  return notesWhere(
    [
      facts.foreign,
      'foreign_graph',
      `the weights are those of ${basename(facts.path)}, which may differ from the GGUF file's; not comparable`,
    ],
    [
      kvType !== 'auto' && kvType !== cached,
      'kv_type_ignored',
      `--kv-type ${kvType} was ignored: the graph caches ${cached}`,
    ],
    softwareNote(software, deviceName),
    [
      device !== 'cpu' && !keepsOutputs,
      'cache_on_host',
      `onnxruntime-node cannot leave keys and values on ${device}: they cross to it at every token`,
    ],
    [
      typeof gpuLayers === 'number' && Math.min(gpuLayers, layers) !== (device === 'cpu' ? 0 : layers),
      'gpu_layers_ignored',
      `--gpu-layers ${gpuLayers} was ignored: all layers are on ${device}`,
    ],
    contextNote(contextTokens, trainedFor),
    [
      flashAttention !== 'auto',
      'flash_attention_ignored',
      `--flash-attention ${flashAttention} was ignored: ONNX Runtime chooses the kernel by itself`,
    ],
  );
}
