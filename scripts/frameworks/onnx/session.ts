/** Opens a graph in ONNX Runtime, and reads back what can be read back. */

import { readdirSync } from 'node:fs';
import { oneLine, UserError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type Provider, providerOptions } from './providers.ts';
import { InferenceSession } from './runtime.ts';

/** ONNX Runtime's own default, asked for by name so that it stays what is logged. */
export const allowsSpinning = true;

export interface OpenedSession {
  session: InferenceSession;
  /** That compute one operator together, the calling one included. */
  threads: number;
}

/**
 * @param path of the graph
 * @param deviceOutputs outputs that stay on the device
 * @throws UserError when the graph cannot be loaded, or not computed on the provider alone
 */
export async function openSession(
  path: string,
  provider: Provider,
  settings: EngineSettings,
  deviceOutputs: readonly string[],
): Promise<OpenedSession> {
  const { executionProviders, extra } = providerOptions(provider);
  const before = processThreads(provider);
  try {
    const session = await InferenceSession.create(path, {
      executionProviders,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      ...(deviceOutputs.length === 0 ? {} : { preferredOutputLocation: locations(deviceOutputs) }),
      // Constants that are dequantised are then evaluated while loading, like any others.
      extra: {
        session: {
          ...extra.session,
          disable_quant_qdq: '1',
          intra_op: { allow_spinning: allowsSpinning ? '1' : '0' },
        },
      },
    });
    const after = processThreads(provider);
    return { session, threads: before === null || after === null ? settings.threads : 1 + begun(before, after) };
  } catch (cause) {
    throw explained(cause, provider);
  }
}

function locations(deviceOutputs: readonly string[]): Record<string, 'gpu-buffer'> {
  return Object.fromEntries(deviceOutputs.map((name) => [name, 'gpu-buffer']));
}

/**
 * The threads of this process. ONNX Runtime does not tell the number of its own. Null where they cannot be seen, or a driver may
 * have some too.
 */
function processThreads({ device }: Provider): ReadonlySet<string> | null {
  return process.platform === 'linux' && device === 'cpu' ? new Set(readdirSync('/proc/self/task')) : null;
}

/** Those that are new: others may have ended meanwhile, and are not to be subtracted. */
function begun(before: ReadonlySet<string>, after: ReadonlySet<string>): number {
  return [...after].filter((thread) => !before.has(thread)).length;
}

function explained(cause: unknown, { device }: Provider): UserError {
  const said = oneLine(cause);
  if (said.includes('fallback to CPU EP has been explicitly disabled')) {
    return new UserError(`ONNX Runtime has no operator of this graph on ${device} and would compute it on the CPU`, {
      cause,
      remedy: 'Use another --quantize, or --device cpu.',
    });
  }
  const short = /alloc|memory/i.test(said);
  return new UserError(`ONNX Runtime could not load the model: ${said}`, {
    cause,
    remedy: short
      ? 'There is too little memory: choose a smaller model or --quantize.'
      : 'Delete the graph in the model cache (folder onnx), and run it again.',
  });
}
