/** PyTorch and tinygrad over the same memory: PyTorch owns weights and KV cache and evaluates prompts, tinygrad decodes. */

import { installLine } from '../../command-line/shell-line.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { PythonFramework } from '../framework.ts';
import { numpyRequirement } from '../python-environment/environment.ts';
import { pytorch } from '../pytorch/framework.ts';
import { torchRequirement, torchVariants } from '../pytorch/torch-builds.ts';
import { tinygradEnvironment, tinygradGain, tinygradRequirement } from '../tinygrad/framework.ts';
import { beamOption } from '../tinygrad/options.ts';

export const hybrid: PythonFramework = {
  name: 'hybrid',
  title: 'PyTorch + tinygrad',
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.hybrid.engine',
  needs: ['torch', 'numpy', 'tinygrad'],
  remedy: `Run \`${installLine('hybrid')}\`, or name a Python that has torch, numpy and tinygrad with --python PATH; the CPU needs clang, a package of the system.`,
  variants: torchVariants({
    framework: 'hybrid',
    what: 'PyTorch and tinygrad in one environment of their own',
    gain: tinygradGain,
    needs: ['torch', 'numpy', 'tinygrad'],
    requirements: [torchRequirement, tinygradRequirement, numpyRequirement],
    costs: { downloadBytes: 223e6, installedBytes: 992e6, workingBytes: 1215e6, minutes: 1 },
  }),
  devices: ['cpu', 'cuda'],
  modelFormats: ['gguf'],
  quantizations: pytorch.quantizations,
  // PyTorch's with rotary positions.
  architectures: ['llama', 'qwen2'],
  precisions: ['float32', 'float16'],
  options: [beamOption],
  environment: (settings: EngineSettings) => ({ ...pytorch.environment?.(settings), ...tinygradEnvironment(settings) }),
};
