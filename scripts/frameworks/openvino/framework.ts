/** OpenVINO, with a graph of our own that holds the blocks of the model file as they are. */
import { installLine } from '../../command-line/shell-line.ts';
import type { PythonFramework } from '../framework.ts';
import { numpyRequirement } from '../python-environment/environment.ts';
import { pythonVariant } from '../python-environment/variant.ts';

export const openvino: PythonFramework = {
  name: 'openvino',
  title: 'OpenVINO',
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.openvino.engine',
  needs: ['openvino', 'numpy'],
  remedy: `Run \`${installLine('openvino')}\`, or name a Python that has openvino and numpy with --python PATH.`,
  variants: [
    pythonVariant({
      name: 'cpu',
      framework: 'openvino',
      title: 'OpenVINO in an environment of its own',
      needs: ['openvino', 'numpy'],
      // The same as in __init__.py.
      without: ['openvino_telemetry'],
      requirements: ['openvino==2026.4.1', 'openvino-genai==2026.4.1.0', numpyRequirement],
      costs: { downloadBytes: 85e6, installedBytes: 301e6, workingBytes: 386e6, minutes: 0.3 },
    }),
  ],
  devices: ['cpu', 'gpu', 'npu'],
  modelFormats: ['gguf'],
  // Blocks of Q8_0 and Q4_0 stay integers with scales; everything else is multiplied in floating point.
  quantizations: [
    'f16',
    'q8_0',
    'q4_0',
    'f32',
    'bf16',
    'q4_1',
    'q5_0',
    'q5_1',
    'q4_k_m',
    'q4_k_s',
    'q5_k_m',
    'q5_k_s',
    'q6_k',
  ],
  // The same as in graph.py.
  architectures: ['llama', 'qwen2', 'qwen3', 'gpt2'],
  precisions: ['float32', 'native'],
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,
};
