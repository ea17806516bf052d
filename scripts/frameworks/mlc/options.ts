/** The options of scripts/mlc-benchmark.ts; scripts/engine/browser/ reads those of the browser. */
import { wholeNumber } from '../../command-line/options.ts';
import type { FrameworkOption } from '../framework.ts';

export const mlcOptions: readonly FrameworkOption[] = [
  {
    flags: '--model-lib <file>',
    description: "the model's compiled library, a .wasm file or its URL",
    variable: 'TOKENLAP_MODEL_LIB',
  },
  {
    flags: '--web-llm <dir>',
    description: 'package of another version of web-llm, with lib/index.js',
    variable: 'TOKENLAP_WEB_LLM',
  },
  {
    flags: '--browser <path>',
    description: 'Chrome, Chromium or Edge; default: one of the system',
    variable: 'TOKENLAP_BROWSER',
  },
  {
    flags: '--browser-url <url>',
    description: 'a browser that runs already: its debugging address',
    variable: 'TOKENLAP_BROWSER_URL',
  },
  {
    flags: '--browser-arg <flag>',
    description: "a flag of the browser's, such as --browser-arg=--use-angle=vulkan; may be repeated",
    variable: 'TOKENLAP_BROWSER_ARGS',
    repeats: true,
  },
  { flags: '--headed', description: 'show the window of the browser', variable: 'TOKENLAP_BROWSER_HEADED' },
  {
    flags: '--page-port <port>',
    description: 'port of this machine on which the page is served; default: any',
    variable: 'TOKENLAP_PAGE_PORT',
    parse: wholeNumber(0, 65_535),
  },
];
