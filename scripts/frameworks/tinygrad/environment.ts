/** Variables that tinygrad reads once, when it is imported. */
import type { EngineSettings } from '../../settings/settings.ts';

/** tinygrad's names, best first; one of them that is set already, perhaps with a renderer (`DEV=CPU:LLVM`), stays. */
const backends: Readonly<Record<string, readonly string[]>> = {
  cpu: ['CPU'],
  cuda: ['CUDA', 'NV'],
  rocm: ['AMD'],
  metal: ['METAL'],
  opencl: ['CL'],
  webgpu: ['WEBGPU'],
};

export function tinygradEnvironment(
  { device, threads }: Pick<EngineSettings, 'device' | 'threads'>,
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const names = backends[device] ?? [];
  const asked = inherited.DEV?.split(':')[0]?.toUpperCase();
  const [best] = names;
  return {
    NUM_CPU_THREADS: String(threads),
    ...(best === undefined || (asked !== undefined && names.includes(asked)) ? {} : { DEV: best }),
  };
}
