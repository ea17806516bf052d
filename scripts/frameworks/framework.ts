/**
 * The contract every framework fulfils. Importing a framework is free: heavy libraries are imported inside `probe` and
 * `load`, which run in the engine process, never in the harness.
 *
 * What a framework cannot do is an absent optional method; callers ask `model.kernel !== undefined`, never a name.
 */

type Scalar = string | number | boolean | null;

/** Where the engine lives: in a Node child, a Python child, a page in a browser, or behind a URL. */
type HostKind = 'node' | 'python' | 'browser' | 'server';

export interface Framework {
  /** Name on the command line and of the folder under raw/. */
  readonly name: string;
  readonly title: string;
  /** `import.meta.url` of the module that exports it: the engine process imports this one and no other framework. */
  readonly module: string;
  readonly host: HostKind;
  /** What it could compute on, whatever this machine has. */
  readonly devices: readonly string[];
  readonly modelFormats: readonly string[];
  /** Weight formats it runs, best supported first; see scripts/models/quantization.ts for the names. */
  readonly quantizations: readonly string[];
  /** Environment of the engine process that must be set before it starts. */
  environment?(settings: EngineSettings): Record<string, string>;
  /** Never throws: what is wrong is part of the answer. */
  probe(): Promise<Availability>;
  /** All that costs happens here, so that it can be timed. */
  load(request: LoadRequest): Promise<Model>;
}

export type Availability =
  | { status: 'available'; version: string; devices: readonly DeviceInfo[] }
  | { status: 'missing'; reason: string; remedy: string };

export interface DeviceInfo {
  /** One of the framework's `devices`. */
  kind: string;
  name: string;
}

/** What the person asked for. 'auto' leaves a choice to the engine; `effective` says what it chose. */
export interface EngineSettings {
  threads: number;
  device: string;
  gpuLayers: number | 'auto' | 'max';
  contextTokens: number;
  batchTokens: number;
  flashAttention: 'auto' | 'on' | 'off';
  /** Format of the KV cache: f16, f32, q8_0, ... */
  kvType: string;
}

export interface LoadRequest {
  modelPath: string;
  settings: EngineSettings;
  /** Spans of loading, stamped by the framework: 'framework_import', 'tokenizer_load', 'model_load', ... */
  span: <T>(name: LoadSpan, work: () => Promise<T>) => Promise<T>;
  /** From 0 to 1. */
  progress: (fraction: number) => void;
}

export type LoadSpan = 'framework_import' | 'tokenizer_load' | 'model_load' | 'jit_compilation';

export interface Model extends AsyncDisposable {
  /** Read back from the engine, not repeated from the request. */
  readonly effective: EffectiveSettings;
  tokenize(text: string): Promise<Int32Array>;
  /** Text of each token by itself; bytes of an unfinished character stay with the token that completes it. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
  /** Hands every token to the sink the moment it exists, and nothing else. Resolves when generation has stopped. */
  generate(prompt: Int32Array, options: GenerateOptions, sink: TokenSink): Promise<Generated>;
  memory(): Promise<EngineMemory>;
  /** One repetition of llama-bench's pp or tg test; only the work itself lies between `clock.start` and `clock.stop`. */
  kernel?(test: KernelTest, clock: KernelClock): Promise<void>;
}

export interface EffectiveSettings {
  device: string;
  deviceName: string;
  /** False for a software device or a silent fallback. */
  comparable: boolean;
  settings: Record<string, Scalar>;
  build: Record<string, Scalar>;
  /** Bytes of keys and values that one cached position takes, all layers together. */
  kvBytesPerPosition: number;
  /** What is worth a warning: a setting that was not honoured, a fallback. */
  notes: ReadonlyArray<{ code: string; message: string }>;
}

export interface GenerateOptions {
  maxTokens: number;
  /** 0 is greedy. */
  temperature: number;
  seed: number;
  /** Go on to `maxTokens` whatever comes. */
  ignoreEndOfSequence: boolean;
  /** Keep the keys and values of the common prefix with the previous prompt (chat); benchmarks start cold. */
  reusePrefix: boolean;
}

export interface Generated {
  stop: 'length' | 'end' | 'cancelled';
  cachedPromptTokens: number;
}

/** Stamps what happens on the monotonic clock; allocates nothing. */
export interface TokenSink {
  promptEvaluated(): void;
  /** False: stop generating. */
  token(id: number): boolean;
}

export interface KernelTest {
  test: 'pp' | 'tg';
  /** Prompt tokens of pp, generated tokens of tg. */
  tokens: number;
  /** Positions filled before the clock starts. */
  depth: number;
  seed: number;
}

export interface KernelClock {
  start(): void;
  stop(): void;
}

/** The engine's own figures, bytes. */
export interface EngineMemory {
  deviceBytes?: number;
  weightsBytes?: number;
  contextBytes?: number;
}
