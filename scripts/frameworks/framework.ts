/**
 * The contract every framework fulfils. Importing a framework is free: heavy libraries are imported inside `probe` and
 * `load`, which run in the engine process, never in the harness.
 *
 * What a framework cannot do is an absent optional method; callers ask `model.kernel !== undefined`, never a name. What
 * crosses the process boundary is defined in messages.ts, and its types are derived from there.
 */
import type { z } from 'zod';
import { UserError } from '../command-line/errors.ts';
import type { FrameworkOption } from '../command-line/parsing/framework-options.ts';
import type { PhaseProfile } from '../log/records/operator-records.ts';
import type { Precision, ShardAxis } from '../settings/defaults.ts';
import type { engineSettingsSchema, FrameworkSettings } from '../settings/settings.ts';
import type { FailureKind } from '../workloads/load/records.ts';
import type * as messages from './messages.ts';
import type { OwnBenchmark } from './own-benchmark.ts';
import type { FrameworkVariant } from './variant.ts';

export type EngineSettings = z.infer<typeof engineSettingsSchema>;
export type Availability = z.infer<typeof messages.availabilitySchema>;
export type DeviceInfo = Extract<Availability, { status: 'available' }>['devices'][number];
export type DeviceCeiling = z.infer<typeof messages.ceilingSchema>;
export type KernelTest = z.infer<typeof messages.kernelTestSchema>;
export type ProfileRequest = z.infer<typeof messages.profileRequestSchema>;
export type ScoreRequest = z.infer<typeof messages.scoreRequestSchema>;
export type Scored = z.infer<typeof messages.scoredSchema>;
export type LikelihoodRequest = z.infer<typeof messages.likelihoodRequestSchema>;
export type Likelihoods = z.infer<typeof messages.likelihoodsSchema>;
export type Generated = z.infer<typeof messages.generatedSchema>;
export type ResidentWeights = z.infer<typeof messages.residentWeightsSchema>;
type EngineMemory = z.infer<typeof messages.engineMemorySchema>;
export type LoadSpan = Extract<messages.EngineMessage, { type: 'checkpoint' }>['name'];

type Scalar = string | number | boolean | null;

/** Facts of a framework that are known without starting anything. */
interface FrameworkFacts {
  /** Name on the command line and of the folder under raw/. */
  readonly name: string;
  readonly title: string;
  /** Other names for it; capitals, dots, dashes and blanks do not matter. */
  readonly aliases?: readonly string[];
  /** Products that a client framework asks: naming one selects this framework and the product's usual address. */
  readonly servers?: readonly KnownServer[];
  /** Devices that it supports on any machine. */
  readonly devices: readonly string[];
  readonly modelFormats: readonly string[];
  /** Weight formats that it runs, best supported first; scripts/models/quantization.ts has the names. */
  readonly quantizations: readonly string[];
  /** Architectures that it runs, by the names of scripts/models/architectures/architecture.ts; absent: its engine decides. */
  readonly architectures?: readonly string[];
  /** Number formats to which it can convert weights at load; absent: they stay as in the file. */
  readonly precisions?: readonly Precision[];
  /** Axes along which it can spread a model over several devices of a kind; absent: it uses one device. */
  readonly shards?: readonly ShardAxis[];
  /** Whether it supports `--compile`. */
  readonly compiles?: boolean;
  /** Its models answer many requests at a time: `generate` may be called again while it runs. */
  readonly concurrent?: true;
  /** True: a model computes as many answers at a time as `settings.sequences` says, together. */
  readonly sequences?: true;
  /** True: it supports `topP` of GenerateOptions. */
  readonly samplesTopP?: true;
  /** True: it can load a model to embed texts. */
  readonly embeds?: true;
  /** Ways to install it that `npm ci` does not cover; absent: there are none. */
  readonly variants?: readonly FrameworkVariant[];
  /** Its own options, for its own script and for those that run several frameworks. */
  readonly options?: readonly FrameworkOption[];
  /** Values of its options when it is named and no others are given. */
  readonly whenNamed?: FrameworkSettings;
  /** Values of its options on this command line, which become `settings.framework` of a run; absent in the registry. */
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
  /** Its default address. */
  readonly url: string;
  /** Command line that starts it. */
  readonly start: string;
  /** Name of the option that gives another address. */
  readonly addressOption: string;
}

/** The part of a framework that an engine host uses, in a Node child or in the page of a browser. */
export interface HostedFramework {
  readonly title: string;
  /** Never throws: the answer says what is wrong. */
  probe(given: FrameworkSettings): Promise<Availability>;
  /** Does everything that takes time, so that it can be timed. */
  load(request: LoadRequest): Promise<TokenModel>;
  /** Peak rates of a device with the framework's own operators, for frameworks that can run single ones. */
  ceilings?(device: string, threads: number): Promise<DeviceCeiling[]>;
  /** Loads the tokenizer of a model file alone; frameworks without one share it, so that all get the same ids. */
  loadVocabulary?(request: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary>;
}

/** Lives in a Node child, which imports its module. */
export interface NodeFramework extends FrameworkFacts, HostedFramework {
  readonly host: 'node';
  /** `import.meta.url` of the module that exports it: the engine process imports this one and no other framework. */
  readonly module: string;
  /** 'shared': it has no tokenizer, and `load` returns a TokenModel. Absent: `load` returns a Model. */
  readonly tokenizer?: 'shared';
}

/** Lives in a Python child: a module with `probe` and `load`, as scripts/engine/python/contract.py has them. */
export interface PythonFramework extends FrameworkFacts {
  readonly host: 'python';
  /** Dotted name below scripts/: 'frameworks.pytorch.engine'. */
  readonly module: string;
  /** Modules that an interpreter must have. */
  readonly needs: readonly string[];
  /** What to type when no interpreter has them. */
  readonly remedy: string;
  /**
   * Makes what the engine loads of a model file, where that is not the file itself. Runs in the harness before the engine
   * gets its load request, so that it is in no time of loading.
   * @returns path that LoadRequest gets
   */
  convertModel?(request: ConversionRequest): Promise<string>;
}

export interface ConversionRequest {
  modelPath: string;
  settings: EngineSettings;
  /** From 0 to 1. */
  progress: (fraction: number) => void;
  /** Aborted: nobody waits for it any more. */
  signal: AbortSignal;
}

/** Lives in a page of a browser, which imports its module. */
export interface BrowserFramework extends FrameworkFacts {
  readonly host: 'browser';
  /** URL of the module that exports its `page`, a PageFramework: bundled for the browser, so it imports nothing of Node. */
  readonly module: string;
  /**
   * Files and folders of this machine that its page may fetch, by the path it asks for: what `probe` needs, and the model
   * once one is to be loaded.
   * @throws UserError for a file that does not exist
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
  /** @param plain the text of special tokens is ordinary text */
  tokenize(text: string, plain?: boolean): Promise<Int32Array>;
  /**
   * Text of each token by itself; bytes of an unfinished character stay with the token that completes it.
   * @param special special tokens are written out; otherwise they have no text
   */
  detokenize(tokens: readonly number[], special?: boolean): Promise<string[]>;
}

export interface Vocabulary extends Tokenizer, AsyncDisposable {
  /** Version of the framework that shares it. */
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
  /** Where the time of an evaluation goes, operator by operator; asked for after all that is measured. */
  profile?(request: ProfileRequest): Promise<PhaseProfile[]>;
  /** Teacher-forced logits. */
  score?(request: ScoreRequest): Promise<Scored>;
  /** The probability of each token of a text, if that costs less than all the logits of `score`. */
  likelihoods?(request: LikelihoodRequest): Promise<Likelihoods>;
  /**
   * Computes one vector for each text, pooled as the model requires; called only with `settings.embedding`.
   * @param tokenized called once, when all texts are tokens
   */
  embed?(texts: readonly string[], tokenized: () => void): Promise<Embedded>;
  /** The engine's own counters: compiled kernels, bytes copied, fallbacks. Read at load and at the end of a run. */
  statistics?(): Promise<Record<string, Scalar>>;
}

/** A model with its tokenizer. */
export interface Model extends TokenModel, Tokenizer {}

export interface Embedded {
  /** Number of tokens of each text, including those that the tokenizer adds. */
  tokens: number[];
  vectors: Float32Array[];
}

/** Settings that decide speed beside weights and threads, for an engine that reports none of them. */
export const nothingKnown: Pick<
  z.infer<typeof messages.comparedSettingsSchema>,
  'activations' | 'kvType' | 'flashAttention' | 'spinning' | 'affinity'
> = { activations: null, kvType: null, flashAttention: null, spinning: null, affinity: null };

export interface EffectiveSettings extends Omit<z.infer<typeof messages.effectiveSchema>, 'settings' | 'build'> {
  settings: z.infer<typeof messages.comparedSettingsSchema>;
  build: z.infer<typeof messages.comparedBuildSchema>;
}

/** A warning, and whether it applies. */
export type NoteCandidate = [applies: boolean, code: string, message: string];

/** The warnings that apply, as `notes` of EffectiveSettings. */
export function notesWhere(...candidates: readonly NoteCandidate[]): EffectiveSettings['notes'] {
  return candidates.flatMap(([applies, code, message]) => (applies ? [{ code, message }] : []));
}

export interface GenerateOptions extends Omit<messages.GenerateRequest, 'prompt' | 'stream'> {
  /** Ends the answer at once, wherever it is; an engine that can only stop between tokens does that. */
  signal?: AbortSignal;
}

/** Stamps events on the monotonic clock; allocates nothing. */
export interface TokenSink {
  promptEvaluated(): void;
  /** False: stop generating. */
  token(id: number): boolean;
  /** For engines that receive text: bytes have come in, which may hold the next piece of text. */
  arrived(): void;
  /** Text of one or several tokens, stamped with the last arrival; its tokens are determined afterwards. */
  text(piece: string): boolean;
}

export interface KernelClock {
  start(): void;
  stop(): void;
}

/** Thrown by `generate` of a concurrent framework for a request that failed: kinds are counted apart, never averaged in. */
export class RequestFailure extends UserError {
  readonly kind: FailureKind;
  /** HTTP status; null when none came. */
  readonly status: number | null;

  constructor(kind: FailureKind, message: string, remedy: string, status: number | null = null) {
    super(message, { remedy });
    this.kind = kind;
    this.status = status;
  }
}
