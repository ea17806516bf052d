/** MLC's web-llm, in a real browser, on WebGPU. */
import { z } from 'zod';
import type { FrameworkOption } from '../../command-line/parsing/framework-options.ts';
import { mlcManifestPath } from '../../models/mlc/folder.ts';
import type { BrowserFramework } from '../framework.ts';
import { mlcFormats, servedPaths } from './in-page/model-files.ts';
import { chosenLibrary, modelLibrary, webLlmFolder } from './model-library.ts';

/** The options of scripts/mlc-benchmark.ts; scripts/engine/browser/ reads those of the browser. */
const mlcOptions: readonly FrameworkOption[] = [
  {
    flag: '--model-lib <file>',
    schema: z.string(),
    help: "the model's compiled library, a .wasm file or its URL",
    variable: 'TOKENLAP_MODEL_LIB',
  },
  {
    flag: '--web-llm <dir>',
    schema: z.string(),
    help: 'package of another version of web-llm, with lib/index.js',
    variable: 'TOKENLAP_WEB_LLM',
  },
  {
    flag: '--browser <path>',
    schema: z.string(),
    help: 'Chrome, Chromium or Edge; default: one of the system',
    variable: 'TOKENLAP_BROWSER',
  },
  {
    flag: '--browser-url <url>',
    schema: z.string(),
    help: 'a browser that runs already: its debugging address',
    variable: 'TOKENLAP_BROWSER_URL',
  },
  {
    flag: '--browser-arg <flag>',
    schema: z.string(),
    help: "a flag of the browser's, such as --browser-arg=--use-angle=vulkan; may be repeated",
    variable: 'TOKENLAP_BROWSER_ARGS',
    repeats: true,
  },
  {
    flag: '--headed',
    schema: z.boolean(),
    help: 'show the window of the browser',
    variable: 'TOKENLAP_BROWSER_HEADED',
  },
  {
    flag: '--page-port <port>',
    schema: z.int().min(0).max(65_535),
    help: 'port of this machine on which the page is served; default: any',
    variable: 'TOKENLAP_PAGE_PORT',
  },
];

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
    'llama',
    'qwen2',
    'qwen3',
    'gemma2',
    'gemma3',
    'phi2',
    'phi3',
    'gpt2',
    'gptneox',
    'mixtral',
    'qwen2moe',
    'qwen3moe',
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
