/** PyTorch: our own decoder on any torch, and Hugging Face transformers for the models it does not know. */
import { installLine } from '../../command-line/shell-line.ts';
import type { PythonFramework } from '../framework.ts';
import { numpyRequirement } from '../python-environment/environment.ts';
import { torchRequirement, torchVariants } from './torch-builds.ts';

export const pytorch: PythonFramework = {
  name: 'pytorch',
  title: 'PyTorch',
  aliases: ['torch'],
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.pytorch.engine',
  needs: ['torch', 'numpy'],
  remedy: `Run \`${installLine('pytorch')}\`, or name a Python that has torch and numpy with --python PATH.`,
  variants: torchVariants({
    framework: 'pytorch',
    what: 'PyTorch in an environment of its own',
    needs: ['torch', 'numpy'],
    requirements: [torchRequirement, numpyRequirement],
    costs: { downloadBytes: 220e6, installedBytes: 951e6, workingBytes: 1171e6, minutes: 1 },
  }),
  devices: ['cpu', 'cuda', 'rocm', 'mps'],
  modelFormats: ['gguf'],
  // Those whose tensors are all of types that gguf.py and dequantize.py read.
  quantizations: [
    ...['f16', 'f32', 'bf16', 'q8_0', 'q6_k', 'q5_k_m', 'q5_k_s', 'q5_1', 'q5_0'],
    ...['q4_k_m', 'q4_k_s', 'q4_1', 'q4_0'],
  ],
  // The first three by our own decoder, the others where transformers is installed and reads them from GGUF files.
  architectures: ['llama', 'qwen2', 'gpt2', 'qwen3', 'gemma2', 'gemma3', 'phi3', 'falcon', 'qwen2moe', 'qwen3moe'],
  precisions: ['float32', 'bfloat16', 'float16', 'int8', 'nf4', 'int4'],
  compiles: true,
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,
  shards: ['layers', 'heads'],

  // BLAS and OpenMP read them when torch is imported; torch.set_num_threads alone does not reach OpenBLAS.
  environment: ({ threads }) => ({
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
  }),
};
