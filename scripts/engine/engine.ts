/** An engine as the harness sees it: what is asked of a process, whatever hosts it and wherever its tokenizer comes from. */
import type {
  Availability,
  EngineMemory,
  EngineSettings,
  Framework,
  KernelTest,
  NodeFramework,
  PythonFramework,
  Scored,
  ScoreRequest,
} from '../frameworks/framework.ts';
import { vocabularyFramework } from '../frameworks/registry.ts';
import { clockSince } from './clock.ts';
import { EngineFailure } from './engine-failure.ts';
import { type EngineEvent, HostClient } from './host-client.ts';
import { openNodeChannel } from './node-channel.ts';
import {
  availabilitySchema,
  detokenizedSchema,
  type EngineMessage,
  emptySchema,
  engineMemorySchema,
  type GenerateRequest,
  type Generation,
  generationSchema,
  kernelResultSchema,
  type Loaded,
  loadedSchema,
  scoredSchema,
  startedSchema,
  statisticsSchema,
  tokenizedSchema,
  vocabularySchema,
} from './protocol.ts';
import { openPythonChannel } from './python-channel.ts';
import { interpreterFor } from './python-interpreter.ts';
import { TextStream } from './text-stream.ts';

export interface EngineOptions {
  framework: Framework;
  /** Origin of the run's clock. */
  originNs: bigint;
  settings: EngineSettings;
  /** How long one request may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
  onCheckpoint: (checkpoint: Extract<EngineMessage, { type: 'checkpoint' }>) => void;
  onProgress: (fraction: number) => void;
  onPiece: (text: string) => void;
}

export interface Engine extends AsyncDisposable {
  readonly pid: number;
  probe(): Promise<Availability>;
  load(modelPath: string, settings: EngineSettings): Promise<Loaded>;
  /** Token ids of a text that may contain special tokens; nothing is put before or after. */
  tokenize(text: string): Promise<{ ids: number[]; durationNs: number }>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
  generate(request: GenerateRequest): Promise<Generation>;
  /** Ends the running generation after its current token. */
  cancel(): Promise<void>;
  kernel(test: KernelTest): Promise<{ startNs: number; durationNs: number }>;
  /** Writes teacher-forced logits into a file; see ScoreRequest. */
  score(request: ScoreRequest): Promise<Scored>;
  memory(): Promise<EngineMemory>;
  statistics(): Promise<Record<string, string | number | boolean | null>>;
}

/** @throws EngineMissing when there is no interpreter for it, EngineFailure when it does not start */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  switch (options.framework.host) {
    case 'node':
      return startNodeEngine(options, options.framework);
    case 'python':
      return startPythonEngine(options, options.framework);
    default:
      return options.framework satisfies never;
  }
}

async function startNodeEngine(options: EngineOptions, framework: NodeFramework): Promise<Engine> {
  const host = new HostClient(hostOptions(options), (events) => openNodeChannel(framework, options.settings, events));
  await startHost(host, options, framework.module);
  return {
    ...requests(host),
    load: (modelPath, settings) => host.ask({ type: 'load', modelPath, settings, endOfSequence: [] }, loadedSchema),
    tokenize: (text) => host.ask({ type: 'tokenize', text }, tokenizedSchema),
    detokenize: (tokens) => detokenize(host, tokens),
    async generate(request) {
      const generation = await host.ask({ type: 'generate', request }, generationSchema);
      return { ...generation, pieces: generation.pieces ?? [] };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Its token ids come from the vocabulary of another framework, in a process of its own: the same ids for all. */
async function startPythonEngine(options: EngineOptions, framework: PythonFramework): Promise<Engine> {
  const interpreter = await interpreterFor(framework);
  let text: TextStream | undefined;
  const host = new HostClient(
    hostOptions(options, (ids) => text?.add(...ids)),
    (events) => openPythonChannel(framework, interpreter, options.settings, events),
  );
  await startHost(host, options, framework.module);
  let vocabulary: HostClient | undefined;
  const vocabularyOrThrow = () => {
    if (vocabulary === undefined) throw new Error('the engine was asked before "load"');
    return vocabulary;
  };
  return {
    ...requests(host),
    async load(modelPath, settings) {
      vocabulary = await startVocabulary(options);
      const { version, endOfSequence } = await vocabulary.ask({ type: 'vocabulary', modelPath }, vocabularySchema);
      const loaded = await host.ask({ type: 'load', modelPath, settings, endOfSequence }, loadedSchema);
      const build = { ...loaded.build, python: interpreter.version, tokenizer: version };
      return { ...loaded, build };
    },
    tokenize: (text) => vocabularyOrThrow().ask({ type: 'tokenize', text }, tokenizedSchema),
    detokenize: (tokens) => detokenize(vocabularyOrThrow(), tokens),
    async generate(request) {
      const lender = vocabularyOrThrow();
      text = request.stream ? new TextStream((tokens) => detokenize(lender, tokens), options.onPiece) : undefined;
      const generation = await host.ask({ type: 'generate', request }, generationSchema);
      await text?.finished();
      text = undefined;
      return { ...generation, pieces: await detokenize(lender, generation.ids) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([host[Symbol.asyncDispose](), vocabulary?.[Symbol.asyncDispose]()]);
    },
  };
}

/** What is asked of the host alike, wherever the tokenizer is. */
function requests(host: HostClient) {
  return {
    pid: host.pid,
    probe: () => host.ask({ type: 'probe' }, availabilitySchema),
    async cancel() {
      await host.ask({ type: 'cancel' }, emptySchema);
    },
    kernel: (test: KernelTest) => host.ask({ type: 'kernel', request: test }, kernelResultSchema),
    score: (request: ScoreRequest) =>
      host.ask({ type: 'score', request: { ...request, tokens: [...request.tokens] } }, scoredSchema),
    async memory(): Promise<EngineMemory> {
      const { deviceBytes, weightsBytes, contextBytes } = await host.ask({ type: 'memory' }, engineMemorySchema);
      return {
        ...(deviceBytes === undefined ? {} : { deviceBytes }),
        ...(weightsBytes === undefined ? {} : { weightsBytes }),
        ...(contextBytes === undefined ? {} : { contextBytes }),
      };
    },
    statistics: () => host.ask({ type: 'statistics' }, statisticsSchema),
  };
}

async function detokenize(host: HostClient, tokens: readonly number[]): Promise<string[]> {
  return (await host.ask({ type: 'detokenize', tokens: [...tokens] }, detokenizedSchema)).pieces;
}

function hostOptions(options: EngineOptions, onTokens: (ids: readonly number[]) => void = () => {}) {
  const { framework, timeoutMs } = options;
  const onEvent = (event: EngineEvent) => {
    switch (event.type) {
      case 'checkpoint':
        return options.onCheckpoint(event);
      case 'progress':
        return options.onProgress(event.fraction);
      case 'piece':
        return options.onPiece(event.text);
      case 'tokens':
        return onTokens(event.ids);
      default:
        return event satisfies never;
    }
  };
  return { title: framework.title, timeoutMs, onEvent };
}

/** A process with a tokenizer and nothing else; of what it tells, only the time that the tokenizer took is the run's. */
async function startVocabulary({ timeoutMs, settings, originNs, onCheckpoint }: EngineOptions): Promise<HostClient> {
  const lender = vocabularyFramework();
  const onEvent = (event: EngineEvent) => {
    if (event.type === 'checkpoint' && event.name === 'tokenizer_load') onCheckpoint(event);
  };
  const host = new HostClient({ title: `${lender.title} vocabulary`, timeoutMs, onEvent }, (events) =>
    openNodeChannel(lender, settings, events),
  );
  await startHost(host, { framework: lender, originNs }, lender.module);
  return host;
}

/** Each side takes its own offset to the origin, with an error that is smaller than this even on a busy machine. */
const clockToleranceNs = 50_000;

/** Both ends must read the same clock, or no instant of the engine means anything here. */
async function startHost(
  host: HostClient,
  { framework, originNs }: Pick<EngineOptions, 'framework' | 'originNs'>,
  module: string,
): Promise<void> {
  const now = clockSince(originNs);
  try {
    const beforeNs = now();
    const { nowNs } = await host.ask(
      { type: 'start', module, framework: framework.name, originNs: String(originNs) },
      startedSchema,
    );
    const apartNs = Math.max(beforeNs - nowNs, nowNs - now());
    if (apartNs > clockToleranceNs) throw otherClock(framework.title, apartNs);
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
