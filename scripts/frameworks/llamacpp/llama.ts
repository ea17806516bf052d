/** The binding itself: which binary and device it starts with, and what llama.cpp says while it works. */

import { getLlama, getLlamaGpuTypes, type Llama, LlamaLogLevel, type LlamaOptions } from 'node-llama-cpp';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { installLine } from '../../command-line/shell-line.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { Availability, DeviceInfo } from '../framework.ts';
import { buildChoice } from './build-choice.ts';
import { installedNativeBuild } from './native-build/identity.ts';
import { loadNativeBuild } from './native-build/load.ts';

/** llama.cpp's own lines, kept because its errors and some of its choices are told nowhere else. */
class NativeLog {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line.trim());
    if (this.#lines.length > 2000) this.#lines.splice(0, 1000);
  }

  /** The last capture group of the latest line that matches. */
  find(pattern: RegExp): string | undefined {
    for (const line of this.#lines.toReversed()) {
      const match = pattern.exec(line);
      if (match !== null) return match.at(-1);
    }
    return undefined;
  }

  /** The latest lines that speak of an error. */
  complaints(): string {
    return this.#lines
      .filter((line) => /error|fail|invalid|missing|unknown|unable|out of|corrupt|not within/i.test(line))
      .slice(-3)
      .join('; ');
  }
}

/** One for the process: some lines, such as the choice of the CPU's library, are said only once. */
export const nativeLog = new NativeLog();

type Gpu = false | 'cuda' | 'vulkan' | 'metal';

// No upper limit of the binding's own on threads: their number is ours to set, one value for all frameworks.
const options: LlamaOptions = {
  build: 'never',
  // NODE_LLAMA_CPP_CMAKE_OPTION_* asks for a build of one's own: then the prebuilt one must not stand in for it silently.
  existingPrebuiltBinaryMustMatchBuildOptions: true,
  maxThreads: 0,
  logLevel: LlamaLogLevel.debug,
  logger: (level, line) => {
    nativeLog.add(line);
    // Where it aborts next, these lines are the only ones that say why.
    if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) process.stderr.write(`${line.trim()}\n`);
  },
  progressLogs: false,
};

let automatic: Promise<Llama> | undefined;

/**
 * The instance that takes the best device by itself. There is one in a process, shared by `probe` and `load`: llama.cpp's own
 * lines reach the first instance only.
 */
function automaticLlama(given?: FrameworkSettings): Promise<Llama> {
  automatic ??= bestLlama(given);
  return automatic;
}

async function bestLlama(given?: FrameworkSettings): Promise<Llama> {
  const devices = await getLlamaGpuTypes('supported');
  if (devices.every((device) => device === false)) return cpuLlama(given);
  const llama = await getLlama({ ...options, gpu: 'auto' });
  if (llama.gpu !== false && (await hasDevice(llama))) return llama;
  await llama.dispose();
  return cpuLlama(given);
}

/** Why the native build, which is installed, does not compute; read by whoever tells what was made of the settings. */
export let nativeFailure: string | undefined;

/** @throws UserError when the native build was named and is not there, or does not load */
async function cpuLlama(given?: FrameworkSettings): Promise<Llama> {
  const choice = buildChoice(given);
  const native = choice === 'prebuilt' ? undefined : installedNativeBuild();
  if (native !== undefined) {
    try {
      return await loadNativeBuild(native, options);
    } catch (cause) {
      if (choice === 'native') throw unusableNative(`the native build does not load: ${oneLine(cause)}`, cause);
      nativeFailure = oneLine(cause);
    }
  } else if (choice === 'native') throw unusableNative('llama.cpp has no native build on this machine');
  return getLlama({ ...options, gpu: false });
}

function unusableNative(message: string, cause?: unknown): UserError {
  return new UserError(message, {
    cause,
    exitCode: exitCodes.missing,
    remedy: `Run \`${installLine('llamacpp', 'native')}\`.`,
  });
}

/** A GPU build without a GPU would compute on the CPU and not say so. */
async function hasDevice(llama: Llama): Promise<boolean> {
  return llama.gpu === false || (await llama.getGpuDeviceNames()).length > 0;
}

/** @throws UserError when the device is not there; llama.cpp itself would silently compute on the CPU */
export async function startLlama(device: string, given?: FrameworkSettings): Promise<Llama> {
  if (device === 'auto') return automaticLlama(given);
  const gpu = device === 'cpu' ? false : toGpu(device);
  const first = await automatic;
  if (first?.gpu === gpu) return first;
  if (gpu === false) return cpuLlama(given);
  const llama = await getLlama({ ...options, gpu }).catch((cause: unknown) => {
    throw withoutDevice(`llama.cpp has no working ${device} device on this machine`, device, cause);
  });
  if (await hasDevice(llama)) return llama;
  await llama.dispose();
  throw withoutDevice(`llama.cpp sees no ${device} device on this machine and would compute on the CPU`, device);
}

function withoutDevice(message: string, device: string, cause?: unknown): UserError {
  return new UserError(message, {
    cause,
    exitCode: exitCodes.missing,
    remedy: `Use --device cpu, or install the ${device} driver; \`npx node-llama-cpp inspect gpu\` shows what is found.`,
  });
}

function toGpu(device: string): Gpu {
  if (device === 'cuda' || device === 'vulkan' || device === 'metal') return device;
  throw new UserError(`llama.cpp has no device "${device}"`, {
    exitCode: exitCodes.usage,
    remedy: 'Devices: auto, cpu, cuda, vulkan, metal.',
  });
}

export async function probeLlama(given: FrameworkSettings): Promise<Availability> {
  const llama = await automaticLlama(given);
  const devices: DeviceInfo[] = [{ kind: 'cpu', name: 'CPU' }];
  if (llama.gpu !== false) {
    const names = await llama.getGpuDeviceNames();
    devices.push(...names.map((name) => ({ kind: String(llama.gpu), name })));
  }
  return { status: 'available', version: versionOf(llama), devices };
}

export function versionOf(llama: Llama): string {
  return `llama.cpp ${llama.llamaCppRelease.release}`;
}
