/** Starts the binding with a binary and a device, and keeps the log of llama.cpp. */
import { getLlama, getLlamaGpuTypes, type Llama, LlamaLogLevel, type LlamaOptions } from 'node-llama-cpp';
import { exitCodes, oneLine, UserError, usageError } from '../../command-line/errors.ts';
import { installLine } from '../../command-line/shell-line.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { Availability } from '../framework.ts';
import { buildChoice } from './build-choice.ts';
import { installedNativeBuild } from './native-build/identity.ts';
import { loadNativeBuild } from './native-build/load.ts';

/** Lines of llama.cpp's log, kept because its errors and some of its choices are reported nowhere else. */
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

  /** The latest lines about errors. */
  complaints(): string {
    return this.#lines
      .filter((line) => /error|fail|invalid|missing|unknown|unable|out of|corrupt|not within/i.test(line))
      .slice(-3)
      .join('; ');
  }
}

/** The log of the process: some lines, such as the choice of the CPU's library, appear only once. */
export const nativeLog = new NativeLog();

const gpuDevices = ['cuda', 'vulkan', 'metal'] as const;
const deviceRemedy = `Devices: auto, cpu, ${gpuDevices.join(', ')}.`;

// Without the binding's own limit on threads: Tokenlap sets their number, one value for all frameworks.
const options: LlamaOptions = {
  build: 'never',
  // NODE_LLAMA_CPP_CMAKE_OPTION_* requests a custom build: the prebuilt one must not silently replace it.
  existingPrebuiltBinaryMustMatchBuildOptions: true,
  maxThreads: 0,
  logLevel: LlamaLogLevel.debug,
  logger: (level, line) => {
    nativeLog.add(line);
    // If the process aborts next, only these lines say why.
    if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) process.stderr.write(`${line.trim()}\n`);
  },
  progressLogs: false,
};

let automatic: Promise<Llama> | undefined;

/**
 * The instance that chooses the best device. A process has one, shared by `probe` and `load`, since the log of llama.cpp reaches
 * the first instance only.
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

/** Why the installed native build is not in use; undefined when it is, or when there is none. */
export let nativeFailure: string | undefined;

/** @throws UserError when the native build was requested and is not installed, or does not load */
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
  const remedy = `Run \`${installLine('llamacpp', 'native')}\`.`;
  return new UserError(message, { cause, exitCode: exitCodes.missing, remedy });
}

/** Without a GPU, a GPU build would silently compute on the CPU. */
async function hasDevice(llama: Llama): Promise<boolean> {
  return llama.gpu === false || (await llama.getGpuDeviceNames()).length > 0;
}

/** @throws UserError when the device is not available; llama.cpp itself would silently compute on the CPU */
export async function startLlama(device: string, given?: FrameworkSettings): Promise<Llama> {
  if (device === 'auto') return automaticLlama(given);
  const gpu = device === 'cpu' ? false : gpuDevices.find((name) => name === device);
  if (gpu === undefined) throw usageError(`llama.cpp has no device "${device}"`, deviceRemedy);
  const first = await automatic;
  if (first?.gpu === gpu) return first;
  if (gpu === false) return cpuLlama(given);
  const llama = await getLlama({ ...options, gpu }).catch((cause: unknown) => {
    throw withoutDevice(`llama.cpp has no working ${device} device on this machine`, device, cause);
  });
  if (await hasDevice(llama)) return llama;
  await llama.dispose();
  throw withoutDevice(`llama.cpp finds no ${device} device on this machine and would compute on the CPU`, device);
}

function withoutDevice(message: string, device: string, cause?: unknown): UserError {
  return new UserError(message, {
    cause,
    exitCode: exitCodes.missing,
    remedy: `Use --device cpu, or install the ${device} driver; \`npx node-llama-cpp inspect gpu\` shows what is found.`,
  });
}

export async function probeLlama(given: FrameworkSettings): Promise<Availability> {
  const llama = await automaticLlama(given);
  const kind = llama.gpu;
  const gpus = kind === false ? [] : (await llama.getGpuDeviceNames()).map((name) => ({ kind, name }));
  return { status: 'available', version: versionOf(llama), devices: [{ kind: 'cpu', name: 'CPU' }, ...gpus] };
}

export function versionOf(llama: Llama): string {
  return `llama.cpp ${llama.llamaCppRelease.release}`;
}

/**
 * Adds the cause to errors: those of llama.cpp name none, but its log does.
 * @param doing what was attempted, for the message: 'load the model'
 */
export async function explained<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const said = nativeLog.complaints();
    const short = /memory|alloc|too large|vram/i.test(`${oneLine(cause)} ${said}`);
    throw new UserError(`llama.cpp could not ${doing}: ${oneLine(cause)}${said === '' ? '' : ` (${said})`}`, {
      cause,
      remedy: short
        ? 'There is too little memory: lower --context or --gpu-layers, or choose a smaller model or --quantize.'
        : 'Check the file with `npx tsx scripts/models.ts verify PATH`.',
    });
  }
}
