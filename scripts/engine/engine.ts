/** An engine as the harness sees it: what is asked of a process, whatever hosts it and wherever its tokenizer comes from. */
import type {
  Availability,
  DeviceCeiling,
  EngineSettings,
  KernelTest,
  LikelihoodRequest,
  Likelihoods,
  NodeFramework,
  PythonFramework,
  Scored,
  ScoreRequest,
} from '../frameworks/framework.ts';
import type {
  EmbeddedTexts,
  GenerateRequest,
  Generation,
  Loaded,
  ReportedMemory,
  Traffic,
  TrafficResult,
} from '../frameworks/messages.ts';
import { startBrowserEngine } from './browser/browser-engine.ts';
import type { ChannelEvents } from './channel.ts';
import { engineCode } from './engine-code.ts';
import type { EngineFailure } from './engine-failure.ts';
import {
  type AnswerListener,
  type EngineOptions,
  eventsTo,
  requestsTo,
  startHost,
  tokenizerRequestsTo,
} from './engine-host.ts';
import { openNodeChannel, openPythonChannel } from './process-channels.ts';
import { interpreterFor } from './python-interpreter.ts';
import { startTokenEngine } from './token-engine.ts';

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
  const place = { module: code.module, open };
  if (framework.tokenizer === 'shared') return startTokenEngine(options, place);
  const host = await startHost(options, place, eventsTo(options));
  return {
    ...requestsTo(host, options),
    ...tokenizerRequestsTo(host, options),
    load: (modelPath, settings) => host.ask({ type: 'load', modelPath, settings, endOfSequence: [] }),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

async function startPythonEngine(options: EngineOptions, framework: PythonFramework): Promise<Engine> {
  const interpreter = await interpreterFor(framework, options.settings.framework);
  const open = (events: ChannelEvents) => openPythonChannel(framework, interpreter, options.settings, events);
  return startTokenEngine(options, { module: framework.module, open }, { python: interpreter.version });
}
