/** tinygrad, with its own GGUF loader, model and TinyJit. */
import type { PythonFramework } from '../framework.ts';
import { tinygradEnvironment } from './environment.ts';

export const tinygrad: PythonFramework = {
  name: 'tinygrad',
  title: 'tinygrad',
  host: 'python',
  module: 'frameworks.tinygrad.engine',
  needs: ['tinygrad'],
  remedy:
    "`uv pip install 'tinygrad>=0.14'` (Python 3.11 or newer), or --python-path DIR of a source checkout; the CPU needs clang.",
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
  // Those of checkpoint.py.
  architectures: ['llama', 'qwen2', 'qwen3'],
  precisions: ['float32', 'float16', 'int8', 'nf4'],
  shards: ['layers', 'heads'],
  environment: tinygradEnvironment,
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,
};
