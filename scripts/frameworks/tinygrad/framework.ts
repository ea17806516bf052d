/** tinygrad, with its own GGUF loader, model and TinyJit. */

import { installLine } from '../../command-line/shell-line.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { PythonFramework } from '../framework.ts';
import { numpyRequirement } from '../python-environment/environment.ts';
import { pythonVariant } from '../python-environment/variant.ts';
import { beamEnvironment, beamOption } from './options.ts';

export const tinygradRequirement = 'tinygrad==0.14.0';

export const tinygradGain =
  'It needs no Python packages of the system and changes none; for the CPU tinygrad compiles with clang, a package of the system.';

export const tinygrad: PythonFramework = {
  name: 'tinygrad',
  title: 'tinygrad',
  host: 'python',
  module: 'frameworks.tinygrad.engine',
  needs: ['tinygrad'],
  remedy: `Run \`${installLine('tinygrad')}\`, or name a source checkout with --python-path DIR; the CPU needs clang, a package of the system.`,
  variants: [
    pythonVariant({
      name: 'cpu',
      framework: 'tinygrad',
      title: 'tinygrad in an environment of its own',
      gain: tinygradGain,
      needs: ['tinygrad', 'numpy'],
      requirements: [tinygradRequirement, numpyRequirement],
      costs: { downloadBytes: 20e6, installedBytes: 134e6, workingBytes: 154e6, minutes: 0.3 },
    }),
  ],
  devices: ['cpu', 'cuda', 'rocm', 'metal', 'opencl', 'webgpu'],
  modelFormats: ['gguf'],
  quantizations: [
    'f16',
    'q8_0',
    'q4_0',
    'f32',
    'bf16',
    'q4_k_m',
    'q4_k_s',
    'q5_k_m',
    'q5_k_s',
    'q6_k',
    'q4_1',
    'q5_0',
    'q5_1',
  ],
  // The same as in checkpoint.py.
  architectures: ['llama', 'qwen2', 'qwen3'],
  precisions: ['float32', 'float16', 'int8', 'nf4'],
  shards: ['layers', 'heads'],
  options: [beamOption],
  environment: tinygradEnvironment,
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,
};

/** tinygrad's names of devices, the best first; a variable that is set, perhaps with a renderer (`DEV=CPU:LLVM`), stays. */
const backends: Readonly<Record<string, readonly string[]>> = {
  cpu: ['CPU'],
  cuda: ['CUDA', 'NV'],
  rocm: ['AMD'],
  metal: ['METAL'],
  opencl: ['CL'],
  webgpu: ['WEBGPU'],
};

/** The variables that tinygrad reads once, when it is imported. */
export function tinygradEnvironment(
  { device, threads, framework }: Pick<EngineSettings, 'device' | 'threads' | 'framework'>,
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const names = backends[device] ?? [];
  const asked = inherited.DEV?.split(':')[0]?.toUpperCase();
  const [best] = names;
  return {
    NUM_CPU_THREADS: String(threads),
    ...beamEnvironment(framework, inherited),
    ...(best === undefined || (asked !== undefined && names.includes(asked)) ? {} : { DEV: best }),
  };
}
