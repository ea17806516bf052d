/**
 * Stands in for web-llm in a page, with the parts of it that are used: it reads its files as web-llm does, makes a device,
 * and answers 1, 2, 3, ... What it does wrong is told by the field `double` of mlc-chat-config.json.
 */

// The names by which a library is known to fit.
export const offers = ['TVMFFIWasmSafeCall'];

export const modelVersion = 'v0_0_1/double';

interface Script {
  throws?: string;
  /** At that token it waits for ever. */
  hangsAt?: number;
}

interface Config {
  double?: Script;
  tokenizer_files: string[];
  context_window_size: number;
  temperature: number;
}

interface Report {
  text: string;
  progress: number;
}

interface EngineConfig {
  appConfig: { model_list: Array<{ model_id: string; model: string; model_lib: string }> };
  initProgressCallback: (report: Report) => void;
}

declare const caches: {
  open(scope: string): Promise<{
    match(request: Request): Promise<{ json(): Promise<unknown>; arrayBuffer(): Promise<ArrayBuffer> }>;
  }>;
};

const decoder = new TextDecoder();

async function cached(url: string): Promise<ArrayBuffer> {
  const cache = await caches.open('double');
  const request = new Request(url);
  await cache.match(request);
  return (await cache.match(request)).arrayBuffer();
}

export class MLCEngine {
  /** Read by its name, as in web-llm. */
  readonly loadedModelIdToPipeline = new Map<string, DoublePipeline>();
  readonly #config: EngineConfig;
  #pipeline: DoublePipeline | undefined;

  constructor(config: EngineConfig) {
    this.#config = config;
  }

  async reload(modelId: string, changes: Partial<Config>): Promise<void> {
    const record = this.#config.appConfig.model_list.find(({ model_id }) => model_id === modelId);
    if (record === undefined) throw new Error('ModelNotFoundError');
    const json = async (file: string) => JSON.parse(decoder.decode(await cached(new URL(file, record.model).href)));
    const config: Config = { ...(await json('mlc-chat-config.json')), ...changes };
    await (await fetch(record.model_lib)).arrayBuffer();
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    await adapter?.requestDevice();
    await cached(new URL(config.tokenizer_files[0] ?? '', record.model).href);
    const manifest: { records: Array<{ dataPath: string }> } = await json('tensor-cache.json');
    for (const [i, { dataPath }] of manifest.records.entries()) {
      await cached(new URL(dataPath, record.model).href);
      this.#report(`Loading model from cache[${i + 1}/${manifest.records.length}]: `, 1);
    }
    if (config.double?.throws !== undefined) throw new Error(config.double.throws);
    this.#report('Loading GPU shader modules[1/2]: 50% completed', 0.5);
    this.#pipeline = new DoublePipeline(config);
    this.loadedModelIdToPipeline.set(modelId, this.#pipeline);
    this.#report('Finish loading', 1);
  }

  #report(text: string, progress: number): void {
    this.#config.initProgressCallback({ text, progress });
  }

  async resetChat(): Promise<void> {
    this.#loaded().forget();
  }

  async forwardTokensAndSample(ids: number[]): Promise<number> {
    return this.#loaded().forward(ids);
  }

  async runtimeStatsText(): Promise<string> {
    return 'prefill: 12.5000 tokens/sec, decoding: 2.5000 tokens/sec';
  }

  async unload(): Promise<void> {
    this.#pipeline = undefined;
  }

  #loaded(): DoublePipeline {
    if (this.#pipeline === undefined) throw new Error('no model');
    return this.#pipeline;
  }
}

/** Its fields have the names that web-llm's pipeline has. */
class DoublePipeline {
  readonly contextWindowSize: number;
  readonly prefillChunkSize = 1024;
  readonly tvm = { lib: { webGPUContext: { currAllocatedBytes: 4096 } } };
  readonly device = { sync: async () => {} };
  readonly tokenizer = {
    encode: (text: string) => Int32Array.from(new TextEncoder().encode(text)),
    decode: (ids: Int32Array) => decoder.decode(Uint8Array.from(ids)),
  };
  readonly #script: Script;
  #seed = 0;
  #held: number[] = [];
  #generated = 0;

  constructor({ context_window_size: context, double }: Config) {
    this.contextWindowSize = context;
    this.#script = double ?? {};
  }

  setSeed(seed: number): void {
    this.#seed = seed;
  }

  forget(): void {
    this.#held = [];
    this.#generated = 0;
  }

  async forward(ids: number[]): Promise<number> {
    this.#held.push(...ids);
    return this.sampleFromRawLogits('logits', undefined);
  }

  /** The letters of the alphabet; at a temperature they depend on the seed. */
  async sampleFromRawLogits(_logits: unknown, config: { temperature: number } | undefined): Promise<number> {
    if (config === undefined) throw new Error('sampled as the configuration says');
    if (this.#generated === this.#script.hangsAt) await new Promise(() => {});
    const offset = config.temperature === 0 ? 0 : this.#seed;
    return 97 + ((this.#generated++ + offset) % 26);
  }
}
