/** The web-llm of the page, which the server has from the installed package or from that of another version. */
import { servedPaths } from '../served-paths.ts';

/** The part of its public interface that is used, the same from 0.2.79 to 0.2.86. */
interface WebLlm {
  MLCEngine: new (config: EngineConfig) => MlcEngine;
  /** Of the libraries that it takes. */
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
