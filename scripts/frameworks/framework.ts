/**
 * The contract every framework fulfils. Importing a framework is free: heavy libraries are imported inside `probe` and
 * `load`, which run in the engine process, never in the harness.
 *
 * What a framework cannot do is an absent optional method; callers ask `model.kernel !== undefined`, never a name.
 */

import type { ChatMessage } from '../models/chat-template/rendering.ts';
import type { Precision, ShardAxis } from '../settings/defaults.ts';
import type { FrameworkOption } from '../settings/framework-options.ts';
import type { EngineSettings, FrameworkSettings } from '../settings/settings.ts';
import type { FrameworkVariant } from './variant.ts';

type Scalar = string | number | boolean | null;

/** What is known of a framework without starting anything. */
interface FrameworkFacts {
  /** Name on the command line and of the folder under raw/. */
  readonly name: string;
  readonly title: string;
  /** What people call it besides; capitals, dots, dashes and blanks do not matter. */
  readonly aliases?: readonly string[];
  /** Products that it asks, where it is a client: naming one means this framework, and the product's usual address. */
  readonly servers?: readonly KnownServer[];
  /** What it could compute on, whatever this machine has. */
  readonly devices: readonly string[];
  readonly modelFormats: readonly string[];
  /** Weight formats it runs, best supported first; see scripts/models/quantization.ts for the names. */
  readonly quantizations: readonly string[];
  /** What it runs, by the names of scripts/models/architectures/architectures.ts (runnableArchitectures); absent: whatever its engine knows. */
  readonly architectures?: readonly string[];
  /** Number formats to which it can convert the weights at load; absent: it runs them as the file has them. */
  readonly precisions?: readonly Precision[];
  /** What it can spread over several devices of a kind; absent: it uses one. */
  readonly shards?: readonly ShardAxis[];
  /** Whether `--compile` means anything to it. */
  readonly compiles?: boolean;
  /** Its models answer many requests at a time: `generate` may be called again while it runs. */
  readonly concurrent?: true;
  /** True: a model may be asked for as many answers at a time as `settings.sequences` says, and computes them together. */
  readonly sequences?: true;
  /** True: `topP` of GenerateOptions is honoured. */
  readonly samplesTopP?: true;
  /** True: it can load a model to embed texts. */
  readonly embeds?: true;
  /** Ways to have it on this machine that `npm ci` does not bring; absent: there are none. */
  readonly variants?: readonly FrameworkVariant[];
  /** Options of its own, of its own script and of those that run several frameworks. */
  readonly options?: readonly FrameworkOption[];
  /** Values of its options when a person names it and gives no others: what it needs to know that other frameworks know by themselves. */
  readonly whenNamed?: FrameworkSettings;
  /** What was given of its options on this command line; absent in the registry. `settings.framework` of a run is this. */
  readonly given?: FrameworkSettings;
  /** True: it fetches nothing, as --offline asks. */
  readonly offline?: true;
  /** Environment of the engine process that must be set before it starts. */
  environment?(settings: EngineSettings): Record<string, string>;
}

export interface KnownServer {
  readonly name: string;
  readonly title: string;
  readonly aliases?: readonly string[];
  /** Where it listens unless told otherwise. */
  readonly url: string;
  /** What starts it, to be typed. */
  readonly start: string;
  /** Name of the option that gives another address. */
  readonly addressOption: string;
}

/** Lives in a Node child, which imports its module. */
export interface NodeFramework extends FrameworkFacts {
  readonly host: 'node';
  /** `import.meta.url` of the module that exports it: the engine process imports this one and no other framework. */
  readonly module: string;
  /** It has none of its own: one is lent to it, and `load` gives a TokenModel. Absent: `load` gives a Model. */
  readonly tokenizer?: 'lent';
  /** Never throws: what is wrong is part of the answer. */
  probe(given: FrameworkSettings): Promise<Availability>;
  /** All that costs happens here, so that it can be timed. */
  load(request: TokenLoadRequest): Promise<TokenModel>;
  /** What a device does at best with the framework's own operators, where it can run single ones. */
  ceilings?(device: string, threads: number): Promise<DeviceCeiling[]>;
  /** The tokenizer of a model file by itself, lent to frameworks that have none, so that all get the same ids. */
  loadVocabulary?(request: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary>;
}

/** One figure of what a device does at best, as often as it was taken. */
export interface DeviceCeiling {
  quantity: (typeof ceilingQuantities)[number];
  /** Bytes or operations per second; a multiplication and an addition are two operations. */
  rates: number[];
  /** The operator, with its size. */
  method: string;
  /** Of reading: how much is read again and again. */
  workingSetBytes?: number | undefined;
}

export const ceilingQuantities = [
  'read_bandwidth',
  'copy_bandwidth',
  'f32_arithmetic',
  'f16_arithmetic',
  'int8_arithmetic',
] as const;

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

/** Lives in a page of a browser, which imports its module. */
export interface BrowserFramework extends FrameworkFacts {
  readonly host: 'browser';
  /** URL of the module that exports its `page`, a PageFramework: bundled for the browser, so it imports nothing of Node. */
  readonly module: string;
  /**
   * Files and folders of this machine that its page may fetch, by the path it asks for: what `probe` needs, and the model
   * once one is to be loaded.
   * @throws UserError for what is not there
   */
  files(asked: {
    modelPath?: string;
    given: FrameworkSettings;
    offline: boolean;
  }): Promise<Readonly<Record<string, string>>>;
}

/** The part of a BrowserFramework that runs in the page. */
export interface PageFramework {
  probe: NodeFramework['probe'];
  load(request: LoadRequest): Promise<Model>;
}

export type Framework = NodeFramework | PythonFramework | BrowserFramework;

export interface Tokenizer {
  /** @param plain what looks like a special token is text like any other */
  tokenize(text: string, plain?: boolean): Promise<Int32Array>;
  /** Text of each token by itself; bytes of an unfinished character stay with the token that completes it. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
}

export interface Vocabulary extends Tokenizer, AsyncDisposable {
  /** Of the framework that lends it. */
  readonly version: string;
  /** Every token that ends a generation. */
  readonly endOfSequence: readonly number[];
}

export type Availability =
  | {
      status: 'available';
      version: string;
      devices: readonly DeviceInfo[];
      /** Weight formats that these devices run; absent: all of the framework's. */
      quantizations?: readonly string[];
      /** What runs with the libraries that are here; absent: all of the framework's. */
      architectures?: readonly string[];
    }
  | { status: 'missing'; reason: string; remedy: string };

export interface DeviceInfo {
  /** One of the framework's `devices`. */
  kind: string;
  name: string;
  /** Emulated on the processor: it is used only when it is asked for by name, and never compared. */
  software?: boolean;
}

export interface LoadRequest {
  modelPath: string;
  settings: EngineSettings;
  /** Spans of loading, stamped by the framework: 'framework_import', 'tokenizer_load', 'model_load', ... */
  span: <T>(name: LoadSpan, work: () => Promise<T>) => Promise<T>;
  /** From 0 to 1. */
  progress: (fraction: number) => void;
}

export interface TokenLoadRequest extends LoadRequest {
  /** Ids that end a generation, told by the vocabulary that is lent; empty where none is. */
  endOfSequence: ReadonlySet<number>;
}

export type LoadSpan = 'framework_import' | 'tokenizer_load' | 'model_load' | 'jit_compilation';

/** A model that understands token ids only. */
export interface TokenModel extends AsyncDisposable {
  /** Read back from the engine, not repeated from the request. */
  readonly effective: EffectiveSettings;
  /** Hands every token to the sink the moment it exists, and nothing else. Resolves when generation has stopped. */
  generate(prompt: Int32Array, options: GenerateOptions, sink: TokenSink): Promise<Generated>;
  memory(): Promise<EngineMemory>;
  /** One repetition of llama-bench's pp or tg test; only the work itself lies between `clock.start` and `clock.stop`. */
  kernel?(test: KernelTest, clock: KernelClock): Promise<void>;
  /** Teacher-forced logits, where the engine can show them. */
  score?(request: ScoreRequest): Promise<Scored>;
  /** Of each token of a text only how likely it was, where that costs less than all the logits of `score`. */
  likelihoods?(request: LikelihoodRequest): Promise<Likelihoods>;
  /**
   * One vector for each text, pooled as the model has it, where the engine can; asked for only with `settings.embedding`.
   * @param tokenized called once, when all texts are tokens
   */
  embed?(texts: readonly string[], tokenized: () => void): Promise<Embedded>;
  /** Counters of the engine's own: compiled kernels, bytes copied, fallbacks. Read at load and at the end of a run. */
  statistics?(): Promise<Record<string, Scalar>>;
}

/** A model with its tokenizer. */
export interface Model extends TokenModel, Tokenizer {}

export interface Embedded {
  /** Of each text, with what the tokenizer puts around it. */
  tokens: number[];
  vectors: Float32Array[];
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

export interface LikelihoodRequest {
  tokens: readonly number[];
  /** Index of the first token that is asked about, at least 1. */
  from: number;
}

/** One entry for each of the tokens from index `from` on. */
export interface Likelihoods {
  /** Natural logarithm of the probability that the tokens before it gave it. */
  logProbabilities: number[];
  /** The token that they made most probable. */
  mostProbable: number[];
}

/** What decides speed beside weights and threads, so that nobody compares two unlike things unawares; null: not known. */
interface ComparedSettings {
  /** Format of the activations that meet the matrices: f32, f16, bf16, q8_0, int8, ... */
  activations: string | null;
  /** Format of the KV cache. */
  kvType: string | null;
  flashAttention: string | null;
  /** Whether threads spin while they wait for work between operators; false where one thread computes. */
  spinning: boolean | null;
  /** CPUs that the computing threads may run on, as thread-affinity.ts tells them. */
  affinity: string | null;
}

interface ComparedBuild {
  /** 'prebuilt': made for many machines; 'native': made on this one, for it. */
  buildType: string | null;
  /** Other builds in which it could run on this device, parted by blanks: names of variants, or 'prebuilt'; absent: none. */
  alternatives?: string;
  /** Which of several variants of the kernels runs: 'haswell', 'AVX2', ... */
  cpuVariant: string | null;
}

export interface EffectiveSettings {
  device: string;
  deviceName: string;
  /** False for a software device or a silent fallback. */
  comparable: boolean;
  settings: Record<string, Scalar> & ComparedSettings;
  build: Record<string, Scalar> & ComparedBuild;
  /** Bytes of keys and values that one cached position takes, all layers together. */
  kvBytesPerPosition: number;
  /** Bytes of the state that a recurrent model carries from token to token, however many those are. */
  stateBytes?: number;
  /** How the weights lie in memory, where that is not how the file has them. */
  weights?: ResidentWeights;
  /** What is worth a warning: a setting that was not honoured, a fallback. */
  notes: ReadonlyArray<{ code: string; message: string }>;
}

export interface ResidentWeights {
  /** 'float32', 'int8 per row', 'nf4 in blocks of 64', ... */
  format: string;
  /** Mean over all weights, scales included. */
  bitsPerWeight: number;
  /** Bytes of weights that one decoded token reads; an embedding table only its row, unless it is the output too. */
  bytesPerToken: number;
}

export interface GenerateOptions {
  /** The conversation that the prompt was made of, for servers that take no token ids. */
  messages?: readonly ChatMessage[];
  /** Ends the answer at once, wherever it is; an engine that can only stop between tokens does that. */
  signal?: AbortSignal;
  maxTokens: number;
  /** 0 is greedy. */
  temperature: number;
  /** Draws only from the most probable tokens, as few as together have this probability; 1 or absent: from all. */
  topP?: number;
  seed: number;
  /** Go on to `maxTokens` whatever comes. */
  ignoreEndOfSequence: boolean;
  /** Keep the keys and values of the common prefix with the previous prompt (chat); benchmarks start cold. */
  reusePrefix: boolean;
}

export interface Generated {
  stop: 'length' | 'end' | 'cancelled';
  cachedPromptTokens: number;
  /** From engines that hand over text: what they know of its tokens. */
  served?: ServedTokens;
}

/** What a server says of an answer that it gave as text; null where it says nothing. */
interface ServedTokens {
  /** Whether it was given the prompt's ids, or the conversation to make them of. */
  asked: 'ids' | 'messages';
  promptTokens: number | null;
  /** Of the answer, as the server counts them. */
  tokens: number | null;
  ids: readonly number[] | null;
}

/** Stamps what happens on the monotonic clock; allocates nothing. */
export interface TokenSink {
  promptEvaluated(): void;
  /** False: stop generating. */
  token(id: number): boolean;
  /** For engines that hand over text: something has come in, which may be the text that is told next. */
  arrived(): void;
  /** Text of one token or of several, stamped with the last arrival. Which tokens it was is found out afterwards. */
  text(piece: string): boolean;
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
