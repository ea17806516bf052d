/** The settings that ONNX Runtime really uses, which can differ from the requested ones. */
import { basename } from 'node:path';
import { type GgufMetadata, numberField, textField } from '../../models/gguf/format.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { EffectiveSettings } from '../framework.ts';
import { threadAffinity } from '../thread-affinity.ts';
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
    notes: [
      ...graphNotes(facts, settings),
      ...deviceNotes(provider, layers, settings),
      ...settingNotes(trainedContext(metadata), settings),
    ],
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

function trainedContext(metadata: GgufMetadata): number {
  const architecture = textField(metadata, 'general.architecture');
  return numberField(metadata, `${architecture}.context_length`) ?? Number.POSITIVE_INFINITY;
}

type Notes = EffectiveSettings['notes'];

function graphNotes({ foreign, path, keyValueType }: GraphFacts, { kvType }: EngineSettings): Notes {
  const notes = [];
  if (foreign) {
    notes.push({
      code: 'foreign_graph',
      message: `the weights are those of ${basename(path)}, which may differ from the GGUF file's; not comparable`,
    });
  }
  if (kvType !== 'auto' && kvType !== typeNames[keyValueType]) {
    notes.push({
      code: 'kv_type_ignored',
      message: `--kv-type ${kvType} was ignored: the graph caches ${typeNames[keyValueType]}`,
    });
  }
  return notes;
}

function deviceNotes(
  { device, deviceName, software, keepsOutputs }: Provider,
  layers: number,
  { gpuLayers }: EngineSettings,
): Notes {
  const notes = [];
  if (software) {
    notes.push({ code: 'software_device', message: `${deviceName} computes in software; not comparable with a GPU` });
  }
  if (device !== 'cpu' && !keepsOutputs) {
    notes.push({
      code: 'cache_on_host',
      message: `onnxruntime-node cannot leave keys and values on ${device}: they cross to it at every token`,
    });
  }
  const got = device === 'cpu' ? 0 : layers;
  if (typeof gpuLayers === 'number' && Math.min(gpuLayers, layers) !== got) {
    notes.push({
      code: 'gpu_layers_ignored',
      message: `--gpu-layers ${gpuLayers} was ignored: all layers are on ${device}`,
    });
  }
  return notes;
}

function settingNotes(trainedFor: number, { contextTokens, flashAttention }: EngineSettings): Notes {
  const notes = [];
  if (contextTokens > trainedFor) {
    notes.push({
      code: 'context_beyond_training',
      message: `the context of ${contextTokens} tokens is longer than the ${trainedFor} the model was trained for`,
    });
  }
  if (flashAttention !== 'auto') {
    notes.push({
      code: 'flash_attention_ignored',
      message: `--flash-attention ${flashAttention} was ignored: ONNX Runtime chooses the kernel by itself`,
    });
  }
  return notes;
}
