/** Hugging Face transformers as most people run it: a folder, `from_pretrained` and `generate`. */
import { z } from 'zod';
import type { FrameworkOption } from '../../command-line/parsing/framework-options.ts';
import { installLine } from '../../command-line/shell-line.ts';
import type { PythonFramework } from '../framework.ts';
import { numpyRequirement } from '../python-environment/environment.ts';

import { pytorch } from '../pytorch/framework.ts';
import { torchRequirement, torchVariants } from '../pytorch/torch-builds.ts';

const needs = ['torch', 'transformers', 'numpy'];

/** The engine reads it as `settings.framework`. */
const cacheOption: FrameworkOption = {
  flag: '--transformers-cache <kind>',
  schema: z.enum(['dynamic', 'static']),
  help: "KV cache of transformers: dynamic grows with each token and is generate's own choice, static is allocated for the whole answer",
  variable: 'TOKENLAP_TRANSFORMERS_CACHE',
};

export const transformers: PythonFramework = {
  name: 'transformers',
  title: 'transformers',
  aliases: ['huggingface', 'hf'],
  host: 'python',
  samplesTopP: true,
  module: 'frameworks.transformers.engine',
  needs,
  remedy: `Run \`${installLine('transformers')}\`, or name a Python that has torch, transformers and numpy with --python PATH.`,
  variants: torchVariants({
    framework: 'transformers',
    what: 'transformers and PyTorch in an environment of their own',
    needs,
    // The last two for its reader of GGUF files.
    requirements: [
      ...['transformers==5.24.0', torchRequirement, numpyRequirement],
      ...['accelerate==1.15.0', 'gguf==0.19.0'],
    ],
    costs: { downloadBytes: 250e6, installedBytes: 1140e6, workingBytes: 1390e6, minutes: 1 },
  }),
  devices: ['cpu', 'cuda', 'rocm'],
  modelFormats: ['gguf'],
  // Those that are decoded when the folder is made.
  quantizations: pytorch.quantizations,
  // The first four from a folder made here, the others by its own reader of GGUF files, which reads gemma and experts wrong.
  architectures: ['llama', 'qwen2', 'qwen3', 'gpt2', 'phi3', 'falcon'],
  precisions: ['float32', 'bfloat16', 'float16'],
  options: [cacheOption],
  environment: (settings) => pytorch.environment?.(settings) ?? {},

  async convertModel(request) {
    const { modelFolder } = await import('./model-folder.ts');
    return modelFolder(request);
  },
};
