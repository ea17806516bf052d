/** A started host and what the harness asks of every one, whatever carries the messages. */
import type {
  EngineSettings,
  Framework,
  KernelTest,
  LikelihoodRequest,
  ScoreRequest,
} from '../frameworks/framework.ts';
import type { EngineMessage, GenerateRequest, Generation, Traffic } from '../frameworks/messages.ts';
import type { Channel, ChannelEvents } from './channel.ts';
import { type ClockDistance, clockSince } from './clock.ts';
import { EngineFailure } from './engine-failure.ts';
import { type AnswerEvent, type EngineEvent, HostClient } from './host-client.ts';

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
export interface AnswerListener {
  /** Text of a streamed answer as it grows. */
  onPiece?: ((text: string) => void) | undefined;
  /** Aborted: this answer ends after its current token. */
  signal?: AbortSignal | undefined;
}

/** What opens a host: the channel, the clock it reads, and the module it imports. */
export interface HostPlace {
  open: (events: ChannelEvents) => Channel;
  /** URL of a module, or the dotted name of a Python module. */
  module: string;
  clock?: ClockDistance;
}

/** All processes of a machine. Each side takes its own offset, with a smaller error than this even on a busy one. */
const sameClock: ClockDistance = { zeroNs: 0n, errorNs: 50_000 };

/**
 * Both ends must read the same clock, or clocks whose distance is known: otherwise no instant of the engine means anything.
 * @throws EngineFailure when the host does not start or reads another clock
 */
export async function startHost(
  { framework, originNs, timeoutMs }: Pick<EngineOptions, 'originNs' | 'timeoutMs'> & { framework: HostIdentity },
  { open, module, clock: { zeroNs, errorNs } = sameClock }: HostPlace,
  onEvent: (event: EngineEvent) => void,
): Promise<HostClient> {
  const { name, title } = framework;
  const host = new HostClient({ title, timeoutMs, onEvent }, open);
  const now = clockSince(originNs);
  try {
    const beforeNs = now();
    const { nowNs } = await host.ask({ type: 'start', module, framework: name, originNs: String(originNs - zeroNs) });
    const apartNs = Math.max(beforeNs - nowNs, nowNs - now());
    if (apartNs > errorNs) throw otherClock(title, apartNs);
    return host;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

type HostIdentity = Pick<Framework, 'name' | 'title'>;

function otherClock(title: string, apartNs: number): EngineFailure {
  return new EngineFailure(
    `the ${title} engine reads another monotonic clock than Node: at least ${(apartNs / 1e6).toFixed(3)} ms apart`,
    'Use a Python built for this system, not one in an emulator or a container of another kernel.',
    '',
  );
}

export function eventsTo({
  onCheckpoint,
  onProgress,
}: Pick<EngineOptions, 'onCheckpoint' | 'onProgress'>): (event: EngineEvent) => void {
  return (event) => (event.type === 'checkpoint' ? onCheckpoint(event) : onProgress(event.fraction));
}

/** The requests that go to the host unchanged, wherever the tokenizer is. */
export function requestsTo(host: HostClient, { settings }: Pick<EngineOptions, 'settings'>) {
  return {
    pid: host.pid,
    ended: host.ended,
    probe: () => host.ask({ type: 'probe', framework: settings.framework ?? {} }),
    ceilings: (device: string, threads: number) => host.ask({ type: 'ceilings', device, threads }),
    async unload() {
      await host.ask({ type: 'close' });
    },
    async cancel() {
      await host.ask({ type: 'cancel' });
    },
    traffic: (traffic: Traffic) => host.ask({ type: 'traffic', traffic }),
    kernel: (request: KernelTest) => host.ask({ type: 'kernel', request }),
    score: (request: ScoreRequest) => host.ask({ type: 'score', request }),
    likelihoods: (request: LikelihoodRequest) => host.ask({ type: 'likelihoods', request }),
    embed: (texts: readonly string[]) => host.ask({ type: 'embed', texts }),
    memory: () => host.ask({ type: 'memory' }),
    statistics: () => host.ask({ type: 'statistics' }),
  };
}

/** Requests that need a tokenizer, where the host has one. */
export function tokenizerRequestsTo(host: HostClient, options: Pick<EngineOptions, 'onPiece'>) {
  return {
    tokenizerPid: null,
    tokenize: (text: string, plain = false) => host.ask({ type: 'tokenize', text, plain }),
    detokenize: async (tokens: readonly number[]) => (await host.ask({ type: 'detokenize', tokens })).pieces,
    async generate(
      request: GenerateRequest,
      { onPiece = options.onPiece, signal }: AnswerListener = {},
    ): Promise<Generation> {
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'piece') onPiece(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, { onEvent, signal });
      return { ...generation, pieces: generation.pieces ?? [] };
    },
  };
}
