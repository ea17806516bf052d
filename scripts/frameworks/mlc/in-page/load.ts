/** Loads a model into web-llm, and tells apart what that costs. */
import { exitCodes, missingError, UserError } from '../../../command-line/errors.ts';
import type { EngineSettings } from '../../../settings/settings.ts';
import type { LoadRequest, LoadSpan, Model } from '../../framework.ts';
import { needsHalfPrecision, servedPaths } from '../page-facts.ts';
import { adapterAbilities, adapterName, findAdapter, type GpuAdapter, watchDevices } from './adapter.ts';
import { effectiveOf } from './effective.ts';
import { modelOf } from './model.ts';
import { type ServedModel, servedModel, serveThroughCache } from './model-files.ts';
import { pipelineOf } from './pipeline.ts';
import { explained, importWebLlm, type MlcEngine } from './web-llm.ts';

const modelId = 'model';

/** Shaders are compiled after the weights have come; that part of the bar is theirs. */
const weightsShare = 0.8;

export async function loadMlc({ settings, span, progress }: LoadRequest): Promise<Model> {
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
