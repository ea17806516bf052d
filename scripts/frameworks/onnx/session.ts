/** Opens a graph in ONNX Runtime and counts the threads that it starts. */
import { readdirSync } from 'node:fs';
import { oneLine, UserError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type Provider, providerOptions } from './providers.ts';
import { InferenceSession } from './runtime.ts';

/** The default of ONNX Runtime, requested explicitly so that the log stays true if the default changes. */
export const allowsSpinning = true;

export interface OpenedSession {
  session: InferenceSession;
  /** Threads that compute one operator together, the calling one included. */
  threads: number;
}

/**
 * @param path path of the graph
 * @param deviceOutputs outputs that stay in the memory of the device
 * @throws UserError when the graph cannot be loaded, or the provider does not support all of its operators
 */
export async function openSession(
  path: string,
  provider: Provider,
  settings: Pick<EngineSettings, 'threads'>,
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
      // Dequantised constants are then evaluated while the graph is loaded, like other constants.
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
 * Ids of the threads of this process, since ONNX Runtime does not report how many it starts. Null when the system does not show
 * them, or when a driver may start threads too.
 */
function processThreads({ device }: Provider): ReadonlySet<string> | null {
  return process.platform === 'linux' && device === 'cpu' ? new Set(readdirSync('/proc/self/task')) : null;
}

/** Counts the new threads; others may have ended meanwhile, so a difference of totals would be wrong. */
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
