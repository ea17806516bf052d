/** OpenVINO, with a graph of our own that holds the blocks of the model file as they are. */
import type { PythonFramework } from '../framework.ts';

export const openvino: PythonFramework = {
  name: 'openvino',
  title: 'OpenVINO',
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.openvino.engine',
  needs: ['openvino', 'numpy'],
  remedy: '`uv pip install openvino numpy`, and name that Python with --python PATH.',
  devices: ['cpu', 'gpu', 'npu'],
  modelFormats: ['gguf'],
  // The first four lie in memory as the file has them, the others as float32.
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
};
