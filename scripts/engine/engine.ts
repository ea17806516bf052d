/** An engine as the harness sees it: what is asked of a process, whatever hosts it and wherever its tokenizer comes from. */

import type {
  Availability,
  BrowserFramework,
  DeviceCeiling,
  EngineMemory,
  Framework,
  KernelTest,
  LikelihoodRequest,
  Likelihoods,
  NodeFramework,
  PythonFramework,
  Scored,
  ScoreRequest,
} from '../frameworks/framework.ts';
import { vocabularyFramework } from '../frameworks/registry.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { withAskedDevices } from './asked-device.ts';
import { openBrowserChannel } from './browser/browser-channel.ts';
import { openBrowserPage } from './browser/browser-page.ts';
import type { PageClock } from './browser/page-clock.ts';
import type { Channel, ChannelEvents } from './channel.ts';
import { clockSince, monotonicNow } from './clock.ts';
import { EngineFailure } from './engine-failure.ts';
import { type AnswerEvent, type EngineEvent, HostClient } from './host-client.ts';
import { engineCode } from './node-bundle.ts';
import { openNodeChannel } from './node-channel.ts';
import {
  availabilitySchema,
  ceilingsSchema,
  detokenizedSchema,
  type EmbeddedTexts,
  type EngineMessage,
  embeddedSchema,
  emptySchema,
  engineMemorySchema,
  type GenerateRequest,
  type Generation,
  generationSchema,
  kernelResultSchema,
  type Loaded,
  likelihoodsSchema,
  loadedSchema,
  scoredSchema,
  startedSchema,
  statisticsSchema,
  type Traffic,
  type TrafficResult,
  tokenizedSchema,
  trafficResultSchema,
  vocabularySchema,
} from './protocol.ts';
import { openPythonChannel } from './python-channel.ts';
import { interpreterFor } from './python-interpreter.ts';
import { TextStream } from './text-stream.ts';
import { tokensOfTexts } from './text-tokens.ts';

export interface EngineOptions {
  framework: Framework;
  /** Origin of the run's clock. */
  originNs: bigint;
  settings: EngineSettings;
  /** How long one request may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
  onCheckpoint: (checkpoint: Extract<EngineMessage, { type: 'checkpoint' }>) => void;
  onProgress: (fraction: number) => void;
  /** Text of answers that are streamed and have no listener of their own. */
  onPiece: (text: string) => void;
}

/** Who waits for one answer. */
interface AnswerListener {
  /** Text of a streamed answer as it grows. */
  onPiece?: ((text: string) => void) | undefined;
  /** Aborted: this answer ends after its current token. */
  signal?: AbortSignal | undefined;
}

/** What an engine tells of its memory: the framework's own figures, and what its process says of itself. */
export interface ReportedMemory extends EngineMemory {
  /** ru_maxrss: the most that was ever resident. Where a process begins as a copy of another, that one's size counts. */
  maxResidentBytes?: number;
}

export interface Engine extends AsyncDisposable {
  readonly pid: number;
  /** Of the process that lends it a tokenizer; null where it has its own, and before a model is loaded. */
  readonly tokenizerPid: number | null;
  /** Resolves once its process is gone, for whatever reason; never rejects. */
  readonly ended: Promise<EngineFailure>;
  probe(): Promise<Availability>;
  /** What a device does at best with the framework's own operators; nothing where it cannot run single ones. */
  ceilings(device: string, threads: number): Promise<DeviceCeiling[]>;
  load(modelPath: string, settings: EngineSettings): Promise<Loaded>;
  /** Lets go of the model; another one may be loaded then. */
  unload(): Promise<void>;
  /**
   * Token ids of a text that may contain special tokens; nothing is put before or after.
   * @param plain what looks like a special token is text like any other
   */
  tokenize(text: string, plain?: boolean): Promise<{ ids: number[]; durationNs: number }>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
  /** As many at a time as `settings.sequences` said at load. */
  generate(request: GenerateRequest, listener?: AnswerListener): Promise<Generation>;
  /** Many requests at a time, where the engine takes them. */
  traffic(traffic: Traffic): Promise<TrafficResult>;
  /** Ends all that is being generated after its current token, and running traffic. */
  cancel(): Promise<void>;
  kernel(test: KernelTest): Promise<{ startNs: number; durationNs: number }>;
  /** Writes teacher-forced logits into a file; see ScoreRequest. */
  score(request: ScoreRequest): Promise<Scored>;
  /** How likely each token of a text was, where the engine tells that without its logits. */
  likelihoods(request: LikelihoodRequest): Promise<Likelihoods>;
  /** One vector for each text, of a model that was loaded to embed. */
  embed(texts: readonly string[]): Promise<EmbeddedTexts>;
  memory(): Promise<ReportedMemory>;
  statistics(): Promise<Record<string, string | number | boolean | null>>;
}

/** @throws EngineMissing when there is no interpreter or browser for it, EngineFailure when it does not start */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  switch (options.framework.host) {
    case 'node':
      return startNodeEngine(options, options.framework);
    case 'python':
      return startPythonEngine(options, options.framework);
    case 'browser':
      return startBrowserEngine(options, options.framework);
    default:
      return options.framework satisfies never;
  }
}

async function startNodeEngine(options: EngineOptions, framework: NodeFramework): Promise<Engine> {
  const code = await engineCode(framework.module);
  const open = (events: ChannelEvents) => openNodeChannel(framework, code, options.settings, events);
  if (framework.tokenizer === 'lent') return startTokenEngine(options, code.module, open, {});
  const host = new HostClient(hostOptions(options), open);
  await startHost(host, options, code.module);
  return {
    ...requests(host, options),
    ...withOwnTokenizer(host, options),
    tokenizerPid: null,
    load: (modelPath, settings) => host.ask({ type: 'load', modelPath, settings, endOfSequence: [] }, loadedSchema),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

async function startPythonEngine(options: EngineOptions, framework: PythonFramework): Promise<Engine> {
  const interpreter = await interpreterFor(framework, options.settings.framework);
  const open = (events: ChannelEvents) => openPythonChannel(framework, interpreter, options.settings, events);
  return startTokenEngine(options, framework.module, open, { python: interpreter.version });
}

/** Its page fetches the model from a server in this process, which does nothing else once the model is loaded. */
async function startBrowserEngine(options: EngineOptions, framework: BrowserFramework): Promise<Engine> {
  const given = options.settings.framework ?? {};
  const opened = await openBrowserPage(framework, given);
  const { clock, server, version } = opened;
  const host = new HostClient(hostOptions(options), (events) => openBrowserChannel(framework.title, opened, events));
  await startHost(host, options, framework.module, clock);
  const { probe, ...others } = requests(host, options);
  return {
    ...others,
    ...withOwnTokenizer(host, options),
    tokenizerPid: null,
    probe: async () => withAskedDevices(framework, options.settings.device, await probe()),
    async load(modelPath, settings) {
      server.serve(await framework.files({ modelPath, given, offline: framework.offline === true }));
      const loaded = await host.ask({ type: 'load', modelPath, settings, endOfSequence: [] }, loadedSchema);
      const { resolutionNs, errorNs } = clock;
      const readings = { clockResolutionNs: resolutionNs, clockErrorNs: errorNs };
      return {
        ...loaded,
        settings: { ...loaded.settings, ...readings },
        build: { ...loaded.build, browser: version },
      };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

function withOwnTokenizer(
  host: HostClient,
  options: EngineOptions,
): Pick<Engine, 'tokenize' | 'detokenize' | 'generate'> {
  return {
    tokenize: (text, plain = false) => host.ask({ type: 'tokenize', text, plain }, tokenizedSchema),
    detokenize: (tokens) => detokenize(host, tokens),
    async generate(request, { onPiece = options.onPiece, signal } = {}) {
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'piece') onPiece(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, generationSchema, { onEvent, signal });
      return { ...generation, pieces: generation.pieces ?? [] };
    },
  };
}

/**
 * Its token ids come from the vocabulary of another framework, in a process of its own: the same ids for all.
 * @param build facts about what it lives in
 */
async function startTokenEngine(
  options: EngineOptions,
  module: string,
  open: (events: ChannelEvents) => Channel,
  build: Record<string, string>,
): Promise<Engine> {
  const host = new HostClient(hostOptions(options), open);
  await startHost(host, options, module);
  let vocabulary: HostClient | undefined;
  const vocabularyOrThrow = () => {
    if (vocabulary === undefined) throw new Error('the engine was asked before "load"');
    return vocabulary;
  };
  const returnVocabulary = async () => {
    const lent = vocabulary;
    vocabulary = undefined;
    await lent?.[Symbol.asyncDispose]();
  };
  const { unload, ...others } = requests(host, options);
  return {
    ...others,
    get tokenizerPid() {
      return vocabulary?.pid ?? null;
    },
    async unload() {
      await unload();
      await returnVocabulary();
    },
    async load(modelPath, settings) {
      await returnVocabulary();
      const starting = startVocabulary(options);
      const lent = await whileAlive(host, starting).catch((error: unknown) => {
        void starting.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
        throw error;
      });
      vocabulary = lent;
      const { version, endOfSequence } = await whileAlive(
        host,
        lent.ask({ type: 'vocabulary', modelPath }, vocabularySchema),
      );
      const loaded = await host.ask({ type: 'load', modelPath, settings, endOfSequence }, loadedSchema);
      return { ...loaded, build: { ...loaded.build, ...build, tokenizer: version } };
    },
    tokenize: (text, plain = false) => vocabularyOrThrow().ask({ type: 'tokenize', text, plain }, tokenizedSchema),
    detokenize: (tokens) => detokenize(vocabularyOrThrow(), tokens),
    async generate(request, { onPiece = options.onPiece, signal } = {}) {
      const lender = vocabularyOrThrow();
      const text = new TextStream((tokens) => detokenize(lender, tokens), onPiece);
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'tokens') text.add(...event.ids);
        else onPiece(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, generationSchema, { onEvent, signal });
      await text.finished();
      if (generation.texts !== undefined) {
        const tokenize = async (whole: string) =>
          (await lender.ask({ type: 'tokenize', text: whole }, tokenizedSchema)).ids;
        return tokensOfTexts(generation, { tokenize, detokenize: (tokens) => detokenize(lender, tokens) });
      }
      return { ...generation, pieces: await detokenize(lender, generation.ids) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([host[Symbol.asyncDispose](), returnVocabulary()]);
    },
  };
}

/** An engine that dies while it waits for its vocabulary is told of at once. @throws EngineFailure */
async function whileAlive<T>(host: HostClient, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return await Promise.race([
    work,
    host.ended.then((failure) => {
      throw failure;
    }),
  ]);
}

/** What is asked of the host alike, wherever the tokenizer is. */
function requests(host: HostClient, { settings }: EngineOptions) {
  return {
    pid: host.pid,
    ended: host.ended,
    probe: () => host.ask({ type: 'probe', framework: settings.framework ?? {} }, availabilitySchema),
    ceilings: (device: string, threads: number) => host.ask({ type: 'ceilings', device, threads }, ceilingsSchema),
    async unload() {
      await host.ask({ type: 'close' }, emptySchema);
    },
    async cancel() {
      await host.ask({ type: 'cancel' }, emptySchema);
    },
    traffic: (traffic: Traffic) => host.ask({ type: 'traffic', traffic }, trafficResultSchema),
    kernel: (test: KernelTest) => host.ask({ type: 'kernel', request: test }, kernelResultSchema),
    score: (request: ScoreRequest) =>
      host.ask({ type: 'score', request: { ...request, tokens: [...request.tokens] } }, scoredSchema),
    likelihoods: (request: LikelihoodRequest) =>
      host.ask({ type: 'likelihoods', request: { ...request, tokens: [...request.tokens] } }, likelihoodsSchema),
    embed: (texts: readonly string[]) => host.ask({ type: 'embed', texts: [...texts] }, embeddedSchema),
    memory: (): Promise<ReportedMemory> => host.ask({ type: 'memory' }, engineMemorySchema),
    statistics: () => host.ask({ type: 'statistics' }, statisticsSchema),
  };
}

async function detokenize(host: HostClient, tokens: readonly number[]): Promise<string[]> {
  return (await host.ask({ type: 'detokenize', tokens: [...tokens] }, detokenizedSchema)).pieces;
}

function hostOptions(options: EngineOptions) {
  const { framework, timeoutMs } = options;
  const onEvent = (event: EngineEvent) => {
    switch (event.type) {
      case 'checkpoint':
        return options.onCheckpoint(event);
      case 'progress':
        return options.onProgress(event.fraction);
      default:
        return event satisfies never;
    }
  };
  return { title: framework.title, timeoutMs, onEvent };
}

/** A process with a tokenizer and nothing else; of what it tells, only the time that the tokenizer took is the run's. */
/** The vocabulary of a model file by itself, in a process of its own. */
export interface VocabularyProcess extends AsyncDisposable {
  tokenize(text: string): Promise<number[]>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
}

/** @throws EngineFailure when the file's vocabulary cannot be used */
export async function openVocabulary(modelPath: string, timeoutMs: number): Promise<VocabularyProcess> {
  const host = await startVocabulary({
    timeoutMs,
    settings: vocabularySettings,
    originNs: monotonicNow(),
    onCheckpoint: () => {},
  });
  try {
    await host.ask({ type: 'vocabulary', modelPath }, vocabularySchema);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return {
    tokenize: async (text) => (await host.ask({ type: 'tokenize', text }, tokenizedSchema)).ids,
    detokenize: (tokens) => detokenize(host, tokens),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Nothing is computed, so that they mean nothing. */
const vocabularySettings: EngineSettings = {
  ...{
    threads: 1,
    device: 'cpu',
    gpuLayers: 0,
    contextTokens: 1,
    batchTokens: 1,
    flashAttention: 'off',
    kvType: 'auto',
  },
  ...{ precision: 'auto', compile: false, deviceCount: 1, shard: 'layers' },
};

async function startVocabulary({
  timeoutMs,
  settings,
  originNs,
  onCheckpoint,
}: Pick<EngineOptions, 'timeoutMs' | 'settings' | 'originNs' | 'onCheckpoint'>): Promise<HostClient> {
  const lender = vocabularyFramework();
  const code = await engineCode(lender.module);
  const onEvent = (event: EngineEvent) => {
    if (event.type === 'checkpoint' && event.name === 'tokenizer_load') onCheckpoint(event);
  };
  const host = new HostClient({ title: `${lender.title} vocabulary`, timeoutMs, onEvent }, (events) =>
    openNodeChannel(lender, code, settings, events),
  );
  await startHost(host, { framework: lender, originNs }, code.module);
  return host;
}

/** That of every process of a machine. Each side takes its own offset, with a smaller error than this even on a busy one. */
const sameClock: Pick<PageClock, 'zeroNs' | 'errorNs'> = { zeroNs: 0n, errorNs: 50_000 };

/** Both ends must read the same clock, or clocks whose distance is known: else no instant of the engine means anything. */
async function startHost(
  host: HostClient,
  { framework, originNs }: Pick<EngineOptions, 'framework' | 'originNs'>,
  module: string,
  { zeroNs, errorNs } = sameClock,
): Promise<void> {
  const now = clockSince(originNs);
  try {
    const beforeNs = now();
    const { nowNs } = await host.ask(
      { type: 'start', module, framework: framework.name, originNs: String(originNs - zeroNs) },
      startedSchema,
    );
    const apartNs = Math.max(beforeNs - nowNs, nowNs - now());
    if (apartNs > errorNs) throw otherClock(framework.title, apartNs);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

function otherClock(title: string, apartNs: number): EngineFailure {
  return new EngineFailure(
    `the ${title} engine reads another monotonic clock than Node: at least ${(apartNs / 1e6).toFixed(3)} ms apart`,
    'Use a Python built for this system, not one in an emulator or a container of another kernel.',
    '',
  );
}
