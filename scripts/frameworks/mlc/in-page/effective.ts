/** What web-llm made of the settings, and on what it runs: read back from it, from the adapter and from the model. */

import type { EngineSettings } from '../../../settings/settings.ts';
import { type EffectiveSettings, type NoteCandidate, notesWhere, nothingKnown } from '../../framework.ts';
import { adapterIdentity, adapterName, type GpuAdapter, isSoftware } from './adapter.ts';
import type { ServedModel } from './model-files.ts';
import type { Pipeline } from './pipeline.ts';
import type { LoadedWebLlm } from './web-llm.ts';

export function effectiveOf(
  asked: EngineSettings,
  { version, module }: LoadedWebLlm,
  adapter: GpuAdapter,
  { layers, kvBytesPerPosition, librarySha256 }: ServedModel,
  { contextTokens, batchTokens }: Pipeline,
): EffectiveSettings {
  return {
    device: 'webgpu',
    deviceName: adapterName(adapter),
    comparable: !isSoftware(adapter),
    // Work for the device is handed over by the one thread of the page.
    settings: {
      threads: 1,
      gpuLayers: layers,
      contextTokens,
      batchTokens,
      // Compiled into the model's library, which does not tell.
      ...nothingKnown,
    },
    build: {
      webLlm: version,
      modelVersion: module.modelVersion,
      librarySha256,
      crossOriginIsolated,
      buildType: 'prebuilt',
      cpuVariant: null,
      ...adapterIdentity(adapter),
    },
    kvBytesPerPosition,
    notes: notesOf(asked, adapter),
  };
}

function notesOf(
  { kvType, flashAttention, gpuLayers }: EngineSettings,
  adapter: GpuAdapter,
): EffectiveSettings['notes'] {
  const ignored = (option: string, given: boolean): NoteCandidate => [
    given,
    'compiled_in',
    `${option} has no effect: the model library has it compiled in`,
  ];
  return notesWhere(
    ignored('--kv-type', kvType !== 'auto'),
    ignored('--flash-attention', flashAttention !== 'auto'),
    ignored('--gpu-layers', typeof gpuLayers === 'number'),
    [
      isSoftware(adapter),
      'software_device',
      `WebGPU computes on the processor here: ${adapterName(adapter)}. The run is not compared with others`,
    ],
  );
}
