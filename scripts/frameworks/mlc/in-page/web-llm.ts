/** The web-llm of the page, from the installed package or from that of another version: its interface and its errors. */
import { oneLine, UserError } from '../../../command-line/errors.ts';
import { servedPaths } from './model-files.ts';

/** The part of its public interface that is used, the same from 0.2.79 to 0.2.86. */
interface WebLlm {
  MLCEngine: new (config: EngineConfig) => MlcEngine;
  /** Version of the libraries that it accepts. */
  modelVersion: string;
}

interface EngineConfig {
  appConfig: { model_list: ReadonlyArray<{ model_id: string; model: string; model_lib: string }> };
  logLevel: 'ERROR';
  initProgressCallback: (report: { text: string; progress: number }) => void;
}

export interface MlcEngine {
  /** @param changes to the model's own configuration */
  reload(modelId: string, changes: Record<string, number>): Promise<void>;
  unload(): Promise<void>;
  /** Empties the cache of keys and values. */
  resetChat(keepStatistics: boolean): Promise<void>;
  /** Evaluates the tokens after those in the cache, and chooses the next one. */
  forwardTokensAndSample(ids: number[], isPrefill: boolean): Promise<number>;
  runtimeStatsText(): Promise<string>;
}

export interface LoadedWebLlm {
  module: WebLlm;
  /** 'web-llm 0.2.86' */
  version: string;
}

export async function importWebLlm(): Promise<LoadedWebLlm> {
  const entry = `${servedPaths.webLlm}lib/index.js`;
  const module: WebLlm = await import(entry);
  const description: { version: string } = JSON.parse(await (await fetch(`${servedPaths.webLlm}package.json`)).text());
  return { module, version: `web-llm ${description.version}` };
}

/** What web-llm, TVM and the browser throw while a model is loaded, as one line for people with the next step. */
const smaller = 'choose a smaller model, --quantize or --context';
const otherLibrary =
  'Take the library that was compiled for it, or the web-llm that goes with the library: --web-llm DIR.';

const faults: ReadonlyArray<{ said: RegExp; meaning: (version: string) => string; remedy: string }> = [
  {
    said: /LinkError|function import requires a callable|imported function does not match/i,
    meaning: (version) => `the model library was compiled for another version than ${version}`,
    remedy: otherLibrary,
  },
  {
    said: /CompileError|expected magic word|WebAssembly\.(compile|instantiate)/i,
    meaning: () => 'the model library is no WebAssembly',
    remedy: 'Fetch it again, or name another one with --model-lib.',
  },
  {
    said: /Cannot fetch \S+: HTTP/,
    meaning: () => 'the model lacks a file',
    remedy: "A folder in MLC's format is whole: fetch it again.",
  },
  {
    said: /JSON/,
    meaning: () => 'a file of the model is not valid JSON',
    remedy: 'Fetch it again.',
  },
  {
    said: /shader-f16|ShaderF16|FeatureSupportError/i,
    meaning: () => 'the model computes in 16 bits, which this adapter cannot (shader-f16)',
    remedy: 'Choose --quantize q4f32_1 or q0f32.',
  },
  {
    said: /exceeds limit|maxStorageBufferBindingSize|maxBufferSize/i,
    meaning: () => 'this adapter has smaller buffers than web-llm needs',
    remedy: `Take another adapter or browser, or ${smaller}.`,
  },
  {
    said: /out of memory|allocation failed|OutOfMemory|DeviceLost|Invalid (array|typed array) (buffer )?length/i,
    meaning: () => 'there is too little memory',
    remedy: `Close what else uses it, or ${smaller}.`,
  },
  {
    said: /Cannot find (global )?function|Cannot find param|Missing required functions|_metadata|kv_state/i,
    meaning: (version) => `the model library has not what ${version} wants of it`,
    remedy: otherLibrary,
  },
  {
    said: /tokenizer/i,
    meaning: () => "the model's tokenizer cannot be read",
    remedy: 'The folder needs tokenizer.json, or tokenizer.model, as its configuration names them: fetch it again.',
  },
];

/** @param version of web-llm, for the message */
export function explained(error: unknown, version: string): UserError {
  if (error instanceof UserError) return error;
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  const said = `${name}${oneLine(error)}`;
  const fault = faults.find((candidate) => candidate.said.test(said));
  const meaning = fault?.meaning(version) ?? `${version} could not load the model`;
  return new UserError(`${meaning} (${said.slice(0, 300)})`, {
    cause: error,
    remedy: fault?.remedy ?? `Look at docs/mlc.md, or ${smaller}.`,
  });
}
