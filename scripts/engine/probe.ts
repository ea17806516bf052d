/** Asks a framework, in a process of its own, whether it works on this machine. */
import { oneLine, UserError } from '../command-line/errors.ts';
import type { Availability, EngineSettings, Framework } from '../frameworks/framework.ts';
import { monotonicNow } from './clock.ts';
import { startEngine } from './engine.ts';

const probeTimeoutMs = 120_000;

const probeSettings: EngineSettings = {
  threads: 1,
  device: 'auto',
  gpuLayers: 'auto',
  contextTokens: 16,
  batchTokens: 16,
  flashAttention: 'auto',
  kvType: 'auto',
  precision: 'auto',
  compile: false,
  deviceCount: 1,
  shard: 'layers',
};

/** A framework whose engine does not even start is missing, with the reason. */
export async function probeFramework(framework: Framework): Promise<Availability> {
  try {
    await using engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings: probeSettings,
      timeoutMs: probeTimeoutMs,
      onCheckpoint: () => {},
      onProgress: () => {},
      onPiece: () => {},
    });
    return await engine.probe();
  } catch (error) {
    const remedy = (error instanceof UserError ? error.remedy : undefined) ?? 'See docs/troubleshooting.md.';
    return { status: 'missing', reason: oneLine(error), remedy };
  }
}
