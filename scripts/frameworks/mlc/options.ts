/** The options of scripts/mlc-benchmark.ts; scripts/engine/browser/ reads those of the browser. */
import { z } from 'zod';
import type { FrameworkOption } from '../../settings/framework-options.ts';

export const mlcOptions: readonly FrameworkOption[] = [
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
