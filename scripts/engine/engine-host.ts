/** Starts hosts, and the requests that the harness sends to each of them. */
import type {
  EngineSettings,
  Framework,
  KernelTest,
  LikelihoodRequest,
  ProfileRequest,
  ScoreRequest,
} from '../frameworks/framework.ts';
import type { GenerateRequest, Generation, Loaded, Traffic } from '../frameworks/messages.ts';
import { type ClockDistance, clockSince } from './clock.ts';
import { EngineFailure } from './engine-failure.ts';
import { type AnswerEvent, HostClient, type HostOptions } from './host-client.ts';
import type { OpenChannel } from './process-channels.ts';

export interface EngineOptions extends Omit<HostOptions, 'title'> {
  framework: Framework;
  /** Origin of the run's clock. */
  originNs: bigint;
  settings: EngineSettings;
  /** Receives the text of answers that are streamed and have no listener of their own. */
  onPiece?: (text: string) => void;
}

/** Follows one answer. */
export interface AnswerListener {
  /** Receives the text of a streamed answer as it grows. */
  onPiece?: ((text: string) => void) | undefined;
  /** Aborted: this answer ends after its current token. */
  signal?: AbortSignal | undefined;
}

/** What opens a host: the channel, the clock it reads, and the module it imports. */
export interface HostPlace {
  open: OpenChannel;
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
  { framework, originNs, ...options }: Omit<EngineOptions, 'framework' | 'settings'> & { framework: HostIdentity },
  place: HostPlace,
): Promise<HostClient> {
  const host = new HostClient({ ...options, title: framework.title }, place.open);
  try {
    await beginClock(host, framework, originNs, place);
    return host;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

/** From here on its instants count from this origin, also in a process that has worked for another run. */
export async function beginClock(
  host: HostClient,
  { name, title }: HostIdentity,
  originNs: bigint,
  { module, clock: { zeroNs, errorNs } = sameClock }: Pick<HostPlace, 'module' | 'clock'>,
): Promise<void> {
  const now = clockSince(originNs);
  const beforeNs = now();
  const { nowNs } = await host.ask({ type: 'start', module, framework: name, originNs: String(originNs - zeroNs) });
  const apartNs = Math.max(beforeNs - nowNs, nowNs - now());
  if (apartNs > errorNs) throw otherClock(title, apartNs);
}

type HostIdentity = Pick<Framework, 'name' | 'title'>;

function otherClock(title: string, apartNs: number): EngineFailure {
  return new EngineFailure(
    `the ${title} engine reads another monotonic clock than Node: at least ${(apartNs / 1e6).toFixed(3)} ms apart`,
    'Use a Python built for this system, not one in an emulator or a container of another kernel.',
    '',
  );
}

/** An engine whose host has its own tokenizer: every request goes to the host unchanged. */
export function engineOn(host: HostClient, options: EngineOptions) {
  return {
    pid: host.pid,
    /** Pid of the process that shares its tokenizer; null for engines with one of their own, and before a model is loaded. */
    get tokenizerPid(): number | null {
      return null;
    },
    /** Resolves once its process is gone, for any reason; never rejects. */
    ended: host.ended,
    probe: () => host.ask({ type: 'probe', framework: options.settings.framework ?? {} }),
    /** Peak rates of a device with the framework's own operators; empty when it cannot run single ones. */
    ceilings: (device: string, threads: number) => host.ask({ type: 'ceilings', device, threads }),
    load: (modelPath: string, settings: EngineSettings): Promise<Loaded> =>
      host.ask({ type: 'load', modelPath, settings, endOfSequence: [] }),
    /** Releases the model; another one may be loaded then. */
    async unload() {
      await host.ask({ type: 'close' });
    },
    /**
     * Token ids of a text that may contain special tokens; nothing is put before or after.
     * @param plain the text of special tokens is ordinary text
     */
    tokenize: (text: string, plain = false) => host.ask({ type: 'tokenize', text, plain }),
    /** Text of each token. @param special special tokens are written out; otherwise they have no text */
    detokenize: async (tokens: readonly number[], special = false) =>
      (await host.ask({ type: 'detokenize', tokens, special })).pieces,
    /** May run as many times at once as `settings.sequences` said at load. */
    async generate(
      request: GenerateRequest,
      { onPiece = options.onPiece, signal }: AnswerListener = {},
    ): Promise<Generation> {
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'piece') onPiece?.(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, { onEvent, signal });
      return { ...generation, pieces: generation.pieces ?? [] };
    },
    /** Sends many requests at a time, to engines that accept them. */
    traffic: (traffic: Traffic) => host.ask({ type: 'traffic', traffic }),
    /** Ends all that is being generated after its current token, and running traffic. */
    async cancel() {
      await host.ask({ type: 'cancel' });
    },
    kernel: (request: KernelTest) => host.ask({ type: 'kernel', request }),
    /** Where the time of an evaluation goes, operator by operator, from engines that can time them. */
    profile: (request: ProfileRequest) => host.ask({ type: 'profile', request }),
    /** Writes teacher-forced logits into a file; see ScoreRequest. */
    score: (request: ScoreRequest) => host.ask({ type: 'score', request }),
    /** How likely each token of a text was, from engines that report it without its logits. */
    likelihoods: (request: LikelihoodRequest) => host.ask({ type: 'likelihoods', request }),
    /** One vector for each text, of a model that was loaded to embed. */
    embed: (texts: readonly string[]) => host.ask({ type: 'embed', texts }),
    memory: () => host.ask({ type: 'memory' }),
    statistics: () => host.ask({ type: 'statistics' }),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
