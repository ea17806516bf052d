/** The binding itself: which binary and device it starts with, and what llama.cpp says while it works. */
import { getLlama, getLlamaGpuTypes, type Llama, LlamaLogLevel } from 'node-llama-cpp';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Availability, DeviceInfo } from '../framework.ts';

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

/** @throws UserError when the device is not there; llama.cpp itself would silently compute on the CPU */
export async function startLlama(device: string): Promise<Llama> {
  const gpu = device === 'cpu' ? false : device === 'auto' ? 'auto' : toGpu(device);
  const options = {
    build: 'never' as const,
    // NODE_LLAMA_CPP_CMAKE_OPTION_* asks for a build of one's own: then the prebuilt one must not stand in for it silently.
    existingPrebuiltBinaryMustMatchBuildOptions: true,
    // No upper limit of the binding's own: the number of threads is ours to set, one value for all frameworks.
    maxThreads: 0,
    logLevel: LlamaLogLevel.debug,
    logger: (_level: LlamaLogLevel, line: string) => nativeLog.add(line),
    progressLogs: false,
  };
  let llama: Llama;
  try {
    llama = await getLlama({ ...options, gpu });
  } catch (cause) {
    if (gpu === false || gpu === 'auto') throw cause;
    throw new UserError(`llama.cpp has no working ${device} device on this machine`, {
      cause,
      exitCode: exitCodes.missing,
      remedy: `Use --device cpu, or install the ${device} driver; \`npx node-llama-cpp inspect gpu\` shows what is found.`,
    });
  }
  if (llama.gpu === false) return llama;
  if ((await llama.getGpuDeviceNames()).length > 0) return llama;
  await llama.dispose();
  if (device === 'auto') return getLlama({ ...options, gpu: false });
  throw new UserError(`llama.cpp sees no ${device} device on this machine and would compute on the CPU`, {
    exitCode: exitCodes.missing,
    remedy: 'Use --device cpu, or make the device visible (driver, container runtime, permissions).',
  });
}

function toGpu(device: string): Gpu {
  if (device === 'cuda' || device === 'vulkan' || device === 'metal') return device;
  throw new UserError(`llama.cpp has no device "${device}"`, {
    exitCode: exitCodes.usage,
    remedy: 'Devices: auto, cpu, cuda, vulkan, metal.',
  });
}

export async function probeLlama(): Promise<Availability> {
  const llama = await startLlama('cpu');
  const version = versionOf(llama);
  await llama.dispose();
  const gpus = (await getLlamaGpuTypes('supported')).filter((gpu) => gpu !== false);
  const devices: DeviceInfo[] = [{ kind: 'cpu', name: 'CPU' }, ...gpus.map((gpu) => ({ kind: gpu, name: gpu }))];
  return { status: 'available', version, devices };
}

export function versionOf(llama: Llama): string {
  return `llama.cpp ${llama.llamaCppRelease.release}`;
}
