/**
 * The contract every framework fulfils. Importing a framework is free: heavy libraries are imported inside `probe` and
 * `load`, which run in the engine process, never in the harness.
 *
 * What a framework cannot do is an absent optional method; callers ask `model.kernel !== undefined`, never a name.
 */

type Scalar = string | number | boolean | null;

/** What is known of a framework without starting anything. */
interface FrameworkFacts {
  /** Name on the command line and of the folder under raw/. */
  readonly name: string;
  readonly title: string;
  /** What it could compute on, whatever this machine has. */
  readonly devices: readonly string[];
  readonly modelFormats: readonly string[];
  /** Weight formats it runs, best supported first; see scripts/models/quantization.ts for the names. */
  readonly quantizations: readonly string[];
  /** Number formats to which it can convert the weights at load; absent: it runs them as the file has them. */
  readonly precisions?: readonly Precision[];
  /** What it can spread over several devices of a kind; absent: it uses one. */
  readonly shards?: readonly ShardAxis[];
  /** Whether `--compile` means anything to it. */
  readonly compiles?: boolean;
  /** Environment of the engine process that must be set before it starts. */
  environment?(settings: EngineSettings): Record<string, string>;
}

/** Lives in a Node child, which imports its module. */
export interface NodeFramework extends FrameworkFacts {
  readonly host: 'node';
  /** `import.meta.url` of the module that exports it: the engine process imports this one and no other framework. */
  readonly module: string;
  /** Never throws: what is wrong is part of the answer. */
  probe(): Promise<Availability>;
  /** All that costs happens here, so that it can be timed. */
  load(request: LoadRequest): Promise<Model>;
  /** The tokenizer of a model file by itself, lent to frameworks that have none, so that all get the same ids. */
  loadVocabulary?(request: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary>;
}

/** Lives in a Python child: a module with `probe` and `load`, as scripts/engine/python/contract.py has them. */
export interface PythonFramework extends FrameworkFacts {
  readonly host: 'python';
  /** Dotted name below scripts/: 'frameworks.pytorch.engine'. */
  readonly module: string;
  /** Modules that an interpreter must have to be taken for it. */
  readonly needs: readonly string[];
  /** What to type where no interpreter has them. */
  readonly remedy: string;
}

export type Framework = NodeFramework | PythonFramework;

export const precisions = ['float32', 'bfloat16', 'float16', 'int8', 'nf4'] as const;
type Precision = (typeof precisions)[number];
export const shardAxes = ['layers', 'heads'] as const;
type ShardAxis = (typeof shardAxes)[number];

export interface Vocabulary extends AsyncDisposable {
  /** Of the framework that lends it. */
  readonly version: string;
  tokenize(text: string): Promise<Int32Array>;
  detokenize(tokens: readonly number[]): Promise<string[]>;
  /** Every token that ends a generation. */
  readonly endOfSequence: readonly number[];
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
  /** Format of the KV cache: f16, f32, q8_0, ... or 'auto'. */
  kvType: string;
  /** Number format of weights and arithmetic; 'auto' keeps the values that the file has. */
  precision: Precision | 'auto';
  compile: boolean;
  /** Devices of the kind to spread the model over, and along what. */
  deviceCount: number;
  shard: ShardAxis;
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
  /** Teacher-forced logits, where the engine can show them. */
  score?(request: ScoreRequest): Promise<Scored>;
  /** Counters of the engine's own: compiled kernels, bytes copied, fallbacks. Read at load and at the end of a run. */
  statistics?(): Promise<Record<string, Scalar>>;
}

export interface ScoreRequest {
  tokens: readonly number[];
  /** Index of the first token to be predicted, at least 1: row i holds the logits from which token `from + i` is chosen. */
  from: number;
  /** Where the rows go: float32, little-endian, row after row; the last one predicts the token after the end. */
  path: string;
}

export interface Scored {
  /** tokens.length − from + 1 */
  rows: number;
  /** Vocabulary size. */
  columns: number;
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
  /** How the weights lie in memory, where that is not how the file has them. */
  weights?: ResidentWeights;
  /** What is worth a warning: a setting that was not honoured, a fallback. */
  notes: ReadonlyArray<{ code: string; message: string }>;
}

interface ResidentWeights {
  /** 'float32', 'int8 per row', 'nf4 in blocks of 64', ... */
  format: string;
  /** Mean over all weights, scales included. */
  bitsPerWeight: number;
  /** Bytes of weights that one decoded token reads; an embedding table only its row, unless it is the output too. */
  bytesPerToken: number;
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
