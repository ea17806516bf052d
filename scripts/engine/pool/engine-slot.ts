/** One engine process with the model in it, and its slots: one for each answer that it gives at a time. */

import { missingError } from '../../command-line/errors.ts';
import type { Framework } from '../../frameworks/framework.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type Engine, startEngine } from '../engine.ts';

/** Everything that is needed to start one more engine. */
export interface EngineConfig {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  /** Origin of the clock that engines and endpoint share. */
  originNs: bigint;
  /** How long one answer may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
}

/** The right to one answer at a time. */
export interface EngineSlot {
  readonly engine: Engine;
  /** Version of the framework. */
  readonly version: string;
  /** Prompt and answer together, as the engine has it. */
  readonly contextTokens: number;
  /** As the engine has it, not as it was asked for. */
  readonly loaded: Loaded;
}

export interface SlottedEngine {
  readonly engine: Engine;
  readonly slots: readonly EngineSlot[];
}

/** @throws UserError when the framework is missing or the model does not load */
export async function startSlots(config: EngineConfig, onProgress = (_fraction: number) => {}): Promise<SlottedEngine> {
  const { framework, model, settings, originNs, timeoutMs } = config;
  const engine = await startEngine({ framework, originNs, settings, timeoutMs, onProgress });
  try {
    const availability = await engine.probe();
    if (availability.status === 'missing') {
      throw missingError(availability.reason, availability.remedy);
    }
    const loaded = await engine.load(model.path, settings);
    const context = loaded.effective.settings.contextTokens;
    const contextTokens = typeof context === 'number' ? context : settings.contextTokens;
    const { version } = availability;
    return {
      engine,
      slots: Array.from({ length: settings.sequences ?? 1 }, () => ({ engine, version, contextTokens, loaded })),
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
