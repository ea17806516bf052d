/**
 * The contract every framework fulfils. Importing a framework is free: heavy libraries are imported inside `probe` and
 * `load`, which run in the engine process, never in the harness.
 *
 * What a framework cannot do is an absent optional method; callers ask `model.kernel !== undefined`, never a name. What
 * crosses the process boundary is defined in messages.ts, and its types are derived from there.
 */

import type { z } from 'zod';
import type { FrameworkOption } from '../command-line/parsing/framework-options.ts';
import type { Precision, ShardAxis } from '../settings/defaults.ts';
import type { engineSettingsSchema, FrameworkSettings } from '../settings/settings.ts';
import type {
  availabilitySchema,
  ceilingSchema,
  EngineMessage,
  effectiveSchema,
  engineMemorySchema,
  GenerateRequest,
  generatedSchema,
  kernelTestSchema,
  likelihoodRequestSchema,
  likelihoodsSchema,
  residentWeightsSchema,
  scoredSchema,
  scoreRequestSchema,
} from './messages.ts';
import type { OwnBenchmark } from './own-benchmark.ts';
import type { FrameworkVariant } from './variant.ts';

export type EngineSettings = z.infer<typeof engineSettingsSchema>;
export type Availability = z.infer<typeof availabilitySchema>;
export type DeviceInfo = Extract<Availability, { status: 'available' }>['devices'][number];
export type DeviceCeiling = z.infer<typeof ceilingSchema>;
export type KernelTest = z.infer<typeof kernelTestSchema>;
export type ScoreRequest = z.infer<typeof scoreRequestSchema>;
export type Scored = z.infer<typeof scoredSchema>;
export type LikelihoodRequest = z.infer<typeof likelihoodRequestSchema>;
export type Likelihoods = z.infer<typeof likelihoodsSchema>;
export type Generated = z.infer<typeof generatedSchema>;
export type ResidentWeights = z.infer<typeof residentWeightsSchema>;
type EngineMemory = z.infer<typeof engineMemorySchema>;
export type LoadSpan = Extract<EngineMessage, { type: 'checkpoint' }>['name'];

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
  /** The reference for the cost of the harness; absent: there is none. */
  ownBenchmark?(): Promise<OwnBenchmark>;
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

/** What an engine host of ours asks of a framework: in a Node child, or in the page of a browser. */
export interface HostedFramework {
  readonly title: string;
  /** Never throws: what is wrong is part of the answer. */
  probe(given: FrameworkSettings): Promise<Availability>;
  /** All that costs happens here, so that it can be timed. */
  load(request: LoadRequest): Promise<TokenModel>;
  /** What a device does at best with the framework's own operators, where it can run single ones. */
  ceilings?(device: string, threads: number): Promise<DeviceCeiling[]>;
  /** The tokenizer of a model file by itself, shared with frameworks that have none, so that all get the same ids. */
  loadVocabulary?(request: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary>;
}

/** Lives in a Node child, which imports its module. */
export interface NodeFramework extends FrameworkFacts, HostedFramework {
  readonly host: 'node';
  /** `import.meta.url` of the module that exports it: the engine process imports this one and no other framework. */
  readonly module: string;
  /** It has none of its own and uses the shared one; `load` gives a TokenModel. Absent: `load` gives a Model. */
  readonly tokenizer?: 'shared';
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
export interface PageFramework extends HostedFramework {
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

export interface LoadRequest {
  modelPath: string;
  settings: EngineSettings;
  /** Spans of loading, stamped by the framework: 'framework_import', 'tokenizer_load', 'model_load', ... */
  span: <T>(name: LoadSpan, work: () => Promise<T>) => Promise<T>;
  /** From 0 to 1. */
  progress: (fraction: number) => void;
  /** Ids that end a generation, from the shared vocabulary; empty for a framework with its own tokenizer. */
  endOfSequence: ReadonlySet<number>;
}

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

/** Of an engine that tells none of them. */
export const nothingKnown: ComparedSettings = {
  activations: null,
  kvType: null,
  flashAttention: null,
  spinning: null,
  affinity: null,
};

interface ComparedBuild {
  /** 'prebuilt': made for many machines; 'native': made on this one, for it. */
  buildType: string | null;
  /** Other builds in which it could run on this device, parted by blanks: names of variants, or 'prebuilt'; absent: none. */
  alternatives?: string;
  /** Which of several variants of the kernels runs: 'haswell', 'AVX2', ... */
  cpuVariant: string | null;
}

export interface EffectiveSettings extends Omit<z.infer<typeof effectiveSchema>, 'settings' | 'build'> {
  settings: Record<string, Scalar> & ComparedSettings;
  build: Record<string, Scalar> & ComparedBuild;
}

export interface GenerateOptions extends Omit<GenerateRequest, 'prompt' | 'stream'> {
  /** Ends the answer at once, wherever it is; an engine that can only stop between tokens does that. */
  signal?: AbortSignal;
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

export interface KernelClock {
  start(): void;
  stop(): void;
}
