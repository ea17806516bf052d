/** MLC's web-llm, in a real browser, on WebGPU. */
import { mlcManifestPath } from '../../models/mlc/folder.ts';
import type { BrowserFramework } from '../framework.ts';
import { chosenLibrary, modelLibrary } from './model-library.ts';
import { mlcOptions } from './options.ts';
import { mlcFormats, servedPaths } from './page-facts.ts';
import { webLlmFolder } from './web-llm.ts';

export const mlc: BrowserFramework = {
  name: 'mlc',
  title: 'MLC',
  aliases: ['webllm', 'mlc-llm'],
  module: new URL('./in-page/page.ts', import.meta.url).href,
  host: 'browser',
  samplesTopP: true,
  devices: ['webgpu'],
  modelFormats: ['mlc'],
  // Of those that have a name here, the ones that MLC compiles (mlc_llm, model/model.py).
  architectures: [
    ...['llama', 'qwen2', 'qwen3', 'gemma2', 'gemma3', 'phi2', 'phi3', 'gpt2', 'gptneox'],
    ...['mixtral', 'qwen2moe', 'qwen3moe'],
  ],
  quantizations: mlcFormats,
  options: mlcOptions,

  async files({ modelPath, given, offline }) {
    const webLlm = webLlmFolder(given);
    if (modelPath === undefined) {
      // What is wrong with a library that was asked for is said before a model is fetched.
      await chosenLibrary({ given, offline });
      return { [servedPaths.webLlm]: webLlm };
    }
    const manifest = mlcManifestPath(modelPath);
    return {
      [servedPaths.webLlm]: webLlm,
      [servedPaths.manifest]: manifest,
      [servedPaths.formerManifest]: manifest,
      [servedPaths.model]: modelPath,
      [servedPaths.library]: await modelLibrary(modelPath, { given, offline }),
    };
  },
};
