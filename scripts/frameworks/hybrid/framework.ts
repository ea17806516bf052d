/** PyTorch and tinygrad over the same memory: PyTorch owns weights and KV cache and evaluates prompts, tinygrad decodes. */
import type { EngineSettings } from '../../settings/settings.ts';
import type { PythonFramework } from '../framework.ts';
import { pytorch } from '../pytorch/framework.ts';
import { tinygradEnvironment } from '../tinygrad/framework.ts';

export const hybrid: PythonFramework = {
  name: 'hybrid',
  title: 'PyTorch + tinygrad',
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.hybrid.engine',
  needs: ['torch', 'numpy', 'tinygrad'],
  remedy:
    "One Python with both: `uv pip install torch==2.13.0 numpy 'tinygrad>=0.14'` (Python 3.11 or newer) and --python PATH; " +
    'or a Python with torch and --python-path DIR of a source checkout of tinygrad. The CPU needs clang.',
  devices: ['cpu', 'cuda'],
  modelFormats: ['gguf'],
  quantizations: pytorch.quantizations,
  // PyTorch's with rotary positions.
  architectures: ['llama', 'qwen2'],
  precisions: ['float32', 'float16'],
  environment: (settings: EngineSettings) => ({ ...pytorch.environment?.(settings), ...tinygradEnvironment(settings) }),
};
