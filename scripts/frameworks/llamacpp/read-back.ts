/** What llama.cpp made of the settings: asked is not got. */
import { cpus } from 'node:os';
import { GgmlType, type Llama, type LlamaContext, type LlamaModel } from 'node-llama-cpp';
import type { EffectiveSettings, EngineSettings } from '../framework.ts';
import type { Native } from './addon.ts';
import { nativeLog, versionOf } from './llama.ts';

/** Bytes per element of a KV type; quantised ones come in blocks of 32 with an F16 scale. */
const kvElementBytes: Record<string, number> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  q8_0: 34 / 32,
  q5_0: 22 / 32,
  q4_0: 18 / 32,
};

export function readBack(
  llama: Llama,
  model: LlamaModel,
  context: LlamaContext,
  native: Native | undefined,
  settings: EngineSettings,
): EffectiveSettings {
  const device = llama.gpu === false ? 'cpu' : llama.gpu;
  const gpu = nativeLog.find(/using device \S+ \(([^)]*)\)/);
  const deviceName = device === 'cpu' ? (cpus()[0]?.model ?? 'CPU').trim() : (gpu ?? device);
  const kvType = GgmlType[context.kvCacheKeyType].toLowerCase();
  const contextTokens = context.contextSize;
  const notes: Array<{ code: string; message: string }> = [];
  const software = /llvmpipe|lavapipe|swiftshader|software/i.test(deviceName);
  if (software) {
    notes.push({ code: 'software_device', message: `${deviceName} computes in software; not comparable with a GPU` });
  }
  if (device === 'cpu' && typeof settings.gpuLayers === 'number' && settings.gpuLayers > 0) {
    notes.push({
      code: 'gpu_layers_ignored',
      message: `--gpu-layers ${settings.gpuLayers} was ignored: no GPU in use`,
    });
  }
  if (contextTokens > model.trainContextSize) {
    notes.push({
      code: 'context_beyond_training',
      message: `the context of ${contextTokens} tokens is longer than the ${model.trainContextSize} the model was trained for`,
    });
  }
  if (native === undefined) {
    notes.push({
      code: 'slow_path',
      message: 'this node-llama-cpp hides its native loop; the public API costs more per token',
    });
  }
  // 'auto' is settled while the graph is reserved, and only the graph's own lines tell how.
  const flashInGraph = nativeLog.find(/is used by node .*\((FLASH_ATTN_EXT)\)/) !== undefined;
  return {
    device,
    deviceName,
    comparable: !software,
    settings: {
      threads: native?.context.getThreads() ?? context.currentThreads,
      gpuLayers: model.gpuLayers,
      contextTokens,
      batchTokens: context.batchSize,
      flashAttention: flashInGraph || context.flashAttention === true ? 'on' : 'off',
      kvType,
      mmap: model.useMmap,
      ...(context.totalSequences > 1 ? { sequences: context.totalSequences } : {}),
    },
    build: {
      binding: versionOf(llama),
      buildType: llama.buildType,
      cmakeOptions: Object.entries(llama.cmakeOptions)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      cpuBackend: nativeLog.find(/loaded CPU backend from .*?([^/\\]+)$/) ?? 'built in',
      loop: native === undefined ? 'public' : 'native',
      systemInfo: llama.systemInfo.trim(),
    },
    kvBytesPerPosition: kvElements(model) * (kvElementBytes[kvType] ?? 2),
    notes,
  };
}

/** Keys and values per position, over all layers. */
function kvElements(model: LlamaModel): number {
  const { attention, block_count: layers, embedding_length: width } = model.fileInfo.architectureMetadata;
  const heads = numberOr(attention?.head_count, 1);
  const kvHeads = numberOr(attention?.head_count_kv, heads);
  const headSize = width === undefined ? 0 : width / heads;
  const keys = attention?.key_length ?? headSize;
  const values = attention?.value_length ?? headSize;
  return (layers ?? 0) * kvHeads * (keys + values);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
