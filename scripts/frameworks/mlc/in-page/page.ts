/** MLC in a page: whether web-llm works there, and loading a model into it, with what each part of that costs. */
import { exitCodes, missingError, oneLine, UserError } from '../../../command-line/errors.ts';
import type { EngineSettings } from '../../../settings/settings.ts';
import type { LoadRequest, LoadSpan, Model, PageFramework } from '../../framework.ts';
import { adapterAbilities, adapterName, findAdapter, type GpuAdapter, isSoftware, watchDevices } from './adapter.ts';
import { effectiveOf } from './effective.ts';
import { modelOf } from './model.ts';
import {
  mlcFormats,
  needsHalfPrecision,
  type ServedModel,
  servedModel,
  servedPaths,
  serveThroughCache,
} from './model-files.ts';
import { pipelineOf } from './pipeline.ts';
import { explained, importWebLlm, type MlcEngine } from './web-llm.ts';

export const page: PageFramework = {
  title: 'MLC',
  async probe() {
    if (navigator.gpu === undefined) {
      return missing('this browser has no WebGPU', 'Take a current Chrome, Chromium or Edge (113 or later).');
    }
    try {
      const { version } = await importWebLlm();
      const adapter = await findAdapter();
      if (adapter === undefined) {
        return missing(
          'WebGPU finds no adapter in this browser',
          'Look at chrome://gpu in it, and at docs/mlc.md for the flags that a system needs.',
        );
      }
      const runs = (format: string) => !needsHalfPrecision(format) || adapter.features.has('shader-f16');
      return {
        status: 'available',
        version,
        devices: [{ kind: 'webgpu', name: adapterName(adapter), software: isSoftware(adapter) }],
        quantizations: mlcFormats.filter(runs),
      };
    } catch (error) {
      return missing(`web-llm does not start: ${oneLine(error)}`, 'Run `npm ci`, or correct --web-llm.');
    }
  },

  load: loadMlc,
};

function missing(reason: string, remedy: string) {
  return { status: 'missing' as const, reason, remedy };
}

const modelId = 'model';

/** Shaders are compiled after the weights have come; that part of the bar is theirs. */
const weightsShare = 0.8;

async function loadMlc({ settings, span, progress }: LoadRequest): Promise<Model> {
  const webLlm = await importWebLlm();
  const adapter = await findAdapter();
  if (adapter === undefined)
    throw new UserError('WebGPU finds no adapter in this browser', { exitCode: exitCodes.missing });
  const served = await servedModel();
  requireHalfPrecision(served, adapter);
  const device = watchDevices(adapter);
  const phases = new LoadPhases(span);
  const cache = serveThroughCache(
    async (file) => {
      if (/^tokenizer\./.test(file)) await phases.enter('tokenizer_load');
      else if (/-cache\.json$/.test(file)) await phases.enter('model_load');
    },
    () => progress(weightsShare * Math.min(1, cache.fetched.bytes / served.weightsBytes)),
  );
  const startMs = performance.now();
  // The library is compiled, and a device made.
  await phases.enter('jit_compilation');
  const engine = new webLlm.module.MLCEngine({
    appConfig: {
      model_list: [
        { model_id: modelId, model: `${location.origin}${servedPaths.model}`, model_lib: servedPaths.library },
      ],
    },
    logLevel: 'ERROR',
    initProgressCallback: ({ text, progress: fraction }) => {
      // All shards are on the device: what remains is the cache and the shaders.
      if (/^Loading model from cache\[(\d+)\/\1\]/.test(text)) void phases.enter('jit_compilation');
      if (text.startsWith('Loading GPU shader')) progress(weightsShare + (1 - weightsShare) * fraction);
    },
  });
  try {
    await device.orLost(engine.reload(modelId, chosen(settings)));
  } catch (error) {
    throw explained(error, webLlm.version);
  } finally {
    await phases.end();
  }
  const pipeline = pipelineOf(engine, modelId);
  return modelOf({
    engine,
    pipeline,
    device,
    served,
    effective: effectiveOf(settings, webLlm, adapter, served, pipeline),
    facts: {
      ...adapterAbilities(adapter),
      loadMs: performance.now() - startMs,
      fetchMs: cache.fetched.durationMs,
      fetchedBytes: cache.fetched.bytes,
    },
  });
}

/** Over what the model's own configuration has. */
function chosen({ contextTokens }: EngineSettings): Parameters<MlcEngine['reload']>[1] {
  return { context_window_size: contextTokens, sliding_window_size: -1, attention_sink_size: -1 };
}

function requireHalfPrecision({ quantization }: ServedModel, adapter: GpuAdapter): void {
  if (!needsHalfPrecision(quantization) || adapter.features.has('shader-f16')) return;
  throw missingError(
    `${quantization} computes in 16 bits, which ${adapterName(adapter)} cannot (no shader-f16)`,
    'Choose --quantize q4f32_1 or q0f32.',
  );
}

/** Spans of a load that another library does in one go: each ends where the next one begins. */
class LoadPhases {
  readonly #span: LoadRequest['span'];
  #changes: Promise<void> = Promise.resolve();
  #current: Promise<void> = Promise.resolve();
  #leave: () => void = () => {};

  constructor(span: LoadRequest['span']) {
    this.#span = span;
  }

  /** Resolves when the phase has begun. */
  enter(name: LoadSpan): Promise<void> {
    return this.#change(() => {
      const left = new Promise<void>((resolve) => {
        this.#leave = resolve;
      });
      this.#current = this.#span(name, () => left);
    });
  }

  end(): Promise<void> {
    return this.#change(() => {});
  }

  /** One after the other, whoever waits for them. */
  #change(begin: () => void): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      this.#leave();
      await this.#current;
      begin();
    });
    return this.#changes;
  }
}
