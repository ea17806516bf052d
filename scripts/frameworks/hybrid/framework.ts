/** PyTorch and tinygrad over the same memory: PyTorch owns weights and KV cache and evaluates prompts, tinygrad decodes. */

import { installLine } from '../../command-line/shell-line.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { PythonFramework } from '../framework.ts';
import { pythonVariant } from '../python-environment/variant.ts';
import { pytorch } from '../pytorch/framework.ts';
import { tinygradEnvironment } from '../tinygrad/framework.ts';
import { beamOption } from '../tinygrad/options.ts';

export const hybrid: PythonFramework = {
  name: 'hybrid',
  title: 'PyTorch + tinygrad',
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.hybrid.engine',
  needs: ['torch', 'numpy', 'tinygrad'],
  remedy: `Run \`${installLine('hybrid')}\`, or name a Python that has torch, numpy and tinygrad with --python PATH; the CPU needs clang, a package of the system.`,
  variants: [
    pythonVariant({
      name: 'cpu',
      framework: 'hybrid',
      title: 'PyTorch 2.13 and tinygrad 0.14 in one environment of their own',
      gain: 'It needs no Python packages of the system and changes none; for the CPU tinygrad compiles with clang, a package of the system.',
      needs: ['torch', 'numpy', 'tinygrad'],
      requirements: ['torch==2.13.0', 'tinygrad==0.14.0', 'numpy==2.4.6'],
      costs: { downloadBytes: 223e6, installedBytes: 992e6, workingBytes: 1215e6, minutes: 1 },
    }),
  ],
  devices: ['cpu', 'cuda'],
  modelFormats: ['gguf'],
  quantizations: pytorch.quantizations,
  // PyTorch's with rotary positions.
  architectures: ['llama', 'qwen2'],
  precisions: ['float32', 'float16'],
  options: [beamOption],
  environment: (settings: EngineSettings) => ({ ...pytorch.environment?.(settings), ...tinygradEnvironment(settings) }),
};
