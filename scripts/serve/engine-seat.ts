/** One engine process with the model in it. It does one generation at a time, so its text belongs to the request that has the seat. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import type { Loaded } from '../engine/protocol.ts';
import type { EngineSettings, Framework } from '../frameworks/framework.ts';
import type { ResolvedModel } from '../models/resolve.ts';

/** All that it takes to start one more. */
export interface EngineRecipe {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  /** Origin of the clock that engines and endpoint share. */
  originNs: bigint;
  /** How long one answer may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
}

export interface EngineSeat {
  readonly engine: Engine;
  /** Version of the framework. */
  readonly version: string;
  /** What it runs, read back. */
  readonly loaded: Loaded;
  /** Prompt and answer together, as the engine has it. */
  readonly contextTokens: number;
  /** Where the text of the running generation goes. */
  onPiece: (text: string) => void;
}

export function noListener(): void {}

/** @throws UserError when the framework is missing or the model does not load */
export async function startSeat(recipe: EngineRecipe, onProgress = (_fraction: number) => {}): Promise<EngineSeat> {
  const { framework, model, settings, originNs, timeoutMs } = recipe;
  let hear: (text: string) => void = noListener;
  const engine = await startEngine({
    framework,
    originNs,
    settings,
    timeoutMs,
    onCheckpoint: () => {},
    onProgress,
    onPiece: (text) => hear(text),
  });
  try {
    const availability = await engine.probe();
    if (availability.status === 'missing') {
      throw new UserError(availability.reason, { exitCode: exitCodes.missing, remedy: availability.remedy });
    }
    const loaded = await engine.load(model.path, settings);
    const context = loaded.settings.contextTokens;
    return {
      engine,
      version: availability.version,
      loaded,
      contextTokens: typeof context === 'number' ? context : settings.contextTokens,
      get onPiece() {
        return hear;
      },
      set onPiece(listener) {
        hear = listener;
      },
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
