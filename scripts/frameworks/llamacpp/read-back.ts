/** The settings that llama.cpp really uses, which can differ from the requested ones. */
import { GgmlType, type Llama, type LlamaContext, type LlamaModel } from 'node-llama-cpp';
import { bytesPerElement } from '../../models/gguf/ggml-types.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type EffectiveSettings, notesWhere } from '../framework.ts';
import { contextNote, processorName, softwareNote, threadAffinity } from '../read-back.ts';
import type { Native } from './addon.ts';
import { activationsOf, spins } from './arithmetic.ts';
import { nativeFailure, nativeLog, versionOf } from './llama.ts';
import { installedNativeBuild } from './native-build/identity.ts';

export function readBack(
  llama: Llama,
  model: LlamaModel,
  context: LlamaContext,
  native: Native | undefined,
  settings: EngineSettings,
): EffectiveSettings {
  const device = llama.gpu === false ? 'cpu' : llama.gpu;
  const gpu = nativeLog.find(/using device \S+ \(([^)]*)\)/);
  const deviceName = device === 'cpu' ? processorName() : (gpu ?? device);
  const kvType = GgmlType[context.kvCacheKeyType].toLowerCase();
  const contextTokens = context.contextSize;
  const kept = keptElements(model);
  const software = /llvmpipe|lavapipe|swiftshader|software/i.test(deviceName);
  const notes = notesWhere(
    softwareNote(software, deviceName),
    [
      device === 'cpu' && typeof settings.gpuLayers === 'number' && settings.gpuLayers > 0,
      'gpu_layers_ignored',
      `--gpu-layers ${settings.gpuLayers} was ignored: no GPU in use`,
    ],
    [
      device === 'cpu' && nativeFailure !== undefined,
      'native_build_failed',
      `the native build did not load and the prebuilt library took its place: ${nativeFailure}`,
    ],
    contextNote(contextTokens, model.trainContextSize),
    [
      native === undefined,
      'slow_path',
      'this version of node-llama-cpp hides its native loop; the public API costs more per token',
    ],
  );
  // llama.cpp decides 'auto' while it reserves the graph, and only the log of the graph shows the result.
  const flashInGraph = nativeLog.find(/is used by node .*\((FLASH_ATTN_EXT)\)/) !== undefined;
  const threads = native?.context.getThreads() ?? context.currentThreads;
  const cpuBackend = nativeLog.find(/loaded CPU backend from .*?([^/\\]+)$/);
  return {
    device,
    deviceName,
    comparable: !software,
    settings: {
      threads,
      gpuLayers: model.gpuLayers,
      contextTokens,
      batchTokens: context.batchSize,
      flashAttention: flashInGraph || context.flashAttention === true ? 'on' : 'off',
      kvType,
      activations: activationsOf(device, model.fileInfo.fullTensorInfo),
      spinning: spins(device, threads, llama),
      affinity: threadAffinity(),
      mmap: model.useMmap,
      ...(context.totalSequences > 1 ? { sequences: context.totalSequences } : {}),
    },
    build: {
      binding: versionOf(llama),
      ...buildOf(llama, device),
      cmakeOptions: Object.entries(llama.cmakeOptions)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      cpuBackend: cpuBackend ?? 'built in',
      cpuVariant: cpuBackend === undefined ? null : (/ggml-cpu-([^.]+)/.exec(cpuBackend)?.[1] ?? null),
      loop: native === undefined ? 'public' : 'native',
      systemInfo: llama.systemInfo.trim(),
    },
    kvBytesPerPosition: kept.kvElementsPerPosition * (bytesPerElement(kvType) ?? 2),
    // The state is f32 whatever the type of the cache (src/llama-model.cpp, create_memory).
    ...(kept.stateElements === 0 ? {} : { stateBytes: 4 * kept.stateElements }),
    notes,
  };
}

/** Type of the build, and the alternative that could run on this machine. */
function buildOf(llama: Llama, device: string) {
  const buildType = llama.buildType === 'prebuilt' ? 'prebuilt' : 'native';
  if (device !== 'cpu') return { buildType };
  const compiler = buildType === 'native' ? installedNativeBuild()?.facts.compiler : undefined;
  return {
    buildType,
    alternatives: buildType === 'prebuilt' ? 'native' : 'prebuilt',
    ...(compiler === undefined ? {} : { compiler }),
  };
}

/** Elements that are cached: keys and values per position over all layers, and the state of a recurrent model. */
function keptElements(model: LlamaModel): { kvElementsPerPosition: number; stateElements: number } {
  const { attention, ssm, block_count: layers = 0, embedding_length: width = 0 } = model.fileInfo.architectureMetadata;
  const queryHeads: unknown = attention?.head_count;
  // When layers differ, llama.cpp divides the width by the heads of the first one.
  const heads = numberOr(Array.isArray(queryHeads) ? queryHeads[0] : queryHeads, 1);
  const perLayer: unknown = attention?.head_count_kv ?? queryHeads;
  const kvHeads = Array.isArray(perLayer)
    ? perLayer.reduce((sum: number, count: unknown) => sum + numberOr(count, 0), 0)
    : layers * numberOr(perLayer, heads);
  const keys = attention?.key_length ?? width / heads;
  const values = attention?.value_length ?? width / heads;
  const caches = heads > 0 && attention?.causal !== false;
  const {
    inner_size: inner = 0,
    state_size: state = 0,
    conv_kernel: convolution = 1,
    group_count: groups = 0,
  } = ssm ?? {};
  // In a hybrid model, the layers without heads have a state.
  const carrying = Array.isArray(perLayer) ? perLayer.filter((count) => count === 0).length : caches ? 0 : layers;
  return {
    kvElementsPerPosition: caches ? kvHeads * (keys + values) : 0,
    // src/llama-hparams.cpp, n_embd_r and n_embd_s.
    stateElements: carrying * ((convolution - 1) * (inner + 2 * groups * state) + state * inner),
  };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
