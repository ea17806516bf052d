/**
 * The engine's side of the protocol, the same in a Node child and in a page: it loads one framework, generates, stamps, and
 * does nothing else. Instants come from the clock of the run, whose origin the first request brings.
 */
import { oneLine, UserError } from '../command-line/errors.ts';
import type {
  HostedFramework,
  KernelTest,
  LoadSpan,
  Tokenizer,
  TokenModel,
  Vocabulary,
} from '../frameworks/framework.ts';
import type {
  EngineMessage,
  EngineRequest,
  GenerateRequest,
  HostReplies,
  ReportedMemory,
} from '../frameworks/messages.ts';
import { TextStream } from './answer-text.ts';
import type { Clock } from './clock.ts';
import { TokenStamps } from './token-stamps.ts';
import { runTraffic } from './traffic.ts';

/** What a host needs from the process that it lives in. */
export interface HostProcess {
  send(message: EngineMessage): void;
  /** The clock of this process, in nanoseconds since the origin. */
  clockSince(originNs: bigint): Clock;
  importFramework(module: string, name: string): Promise<HostedFramework>;
  /** What the process knows about its own memory, beside the engine's figures. */
  memory(): Pick<ReportedMemory, 'maxResidentBytes'>;
}

/** @returns takes a request and sends its one reply or error, and events in between */
export function createHost(host: HostProcess): (request: EngineRequest) => void {
  const { send } = host;
  let now = host.clockSince(0n);
  let framework: HostedFramework | undefined;
  /** Shared with an engine that has no tokenizer; in such a process there is no model. */
  let vocabulary: Vocabulary | undefined;
  let model: TokenModel | undefined;
  /** By the ids of their requests. */
  const generating = new Map<number, TokenStamps>();
  let activeTraffic: AbortController | undefined;

  return (request) => {
    answer(request).then(
      (result) => send({ type: 'reply', id: request.id, result }),
      (error: unknown) => send({ type: 'error', id: request.id, ...described(error) }),
    );
  };

  async function answer(request: EngineRequest): Promise<HostReplies[EngineRequest['type']]> {
    switch (request.type) {
      case 'start':
        now = host.clockSince(BigInt(request.originNs));
        framework = await host.importFramework(request.module, request.framework);
        return { nowNs: now() };
      case 'probe':
        return span('framework_import', () => started().probe(request.framework));
      case 'ceilings':
        return (await started().ceilings?.(request.device, request.threads)) ?? [];
      case 'load': {
        const { modelPath, settings } = request;
        const endOfSequence = new Set(request.endOfSequence);
        const progress = (fraction: number) => send({ type: 'progress', fraction });
        model = await started().load({ modelPath, settings, span, progress, endOfSequence });
        return { effective: model.effective, abilities: abilitiesOf(model) };
      }
      case 'vocabulary': {
        const shared = await started().loadVocabulary?.({ modelPath: request.modelPath, span });
        if (shared === undefined) throw new Error(`${started().title} has no vocabulary to share`);
        vocabulary = shared;
        return { version: shared.version, endOfSequence: [...shared.endOfSequence] };
      }
      case 'tokenize': {
        const startNs = now();
        const ids = await loaded(tokenizer()).tokenize(request.text, request.plain);
        return { durationNs: now() - startNs, ids: Array.from(ids) };
      }
      case 'detokenize':
        return { pieces: await loaded(tokenizer()).detokenize(request.tokens, request.special) };
      case 'generate':
        return generate(loaded(model), request.id, request.request);
      case 'traffic':
        activeTraffic = new AbortController();
        return runTraffic(loaded(model), request.traffic, now, activeTraffic.signal);
      case 'cancel':
        for (const [id, stamps] of generating) if (id === (request.request ?? id)) stamps.cancelled = true;
        if (request.request === undefined) activeTraffic?.abort();
        return {};
      case 'kernel':
        return kernel(loaded(model), request.request);
      case 'profile':
        return (await loaded(model).profile?.(request.request)) ?? lacks('has no profile of its operators');
      case 'score':
        return (await loaded(model).score?.(request.request)) ?? lacks('cannot show its logits');
      case 'likelihoods':
        return (await loaded(model).likelihoods?.(request.request)) ?? lacks('does not report log-likelihoods');
      case 'embed':
        return embed(loaded(model), request.texts);
      case 'statistics':
        return (await loaded(model).statistics?.()) ?? {};
      case 'memory':
        return { ...(await loaded(model).memory()), ...host.memory() };
      case 'close':
        await (model ?? vocabulary)?.[Symbol.asyncDispose]();
        model = undefined;
        vocabulary = undefined;
        return {};
      default:
        return request satisfies never;
    }
  }

  async function span<T>(name: LoadSpan, work: () => Promise<T>): Promise<T> {
    send({ type: 'checkpoint', name, edge: 'start', atNs: now() });
    const result = await work();
    send({ type: 'checkpoint', name, edge: 'end', atNs: now() });
    return result;
  }

  async function generate(model: TokenModel, id: number, request: GenerateRequest): Promise<HostReplies['generate']> {
    const own = tokenizer();
    const prompt = Int32Array.from(request.prompt);
    const sendText = (text: string) => send({ type: 'piece', request: id, text });
    const text = request.stream && own ? new TextStream((tokens) => own.detokenize(tokens), sendText) : undefined;
    const onToken = text ? (token: number) => text.add(token) : (token: number) => sendToken(id, token);
    const stamps = request.stream
      ? new TokenStamps(now, request.maxTokens, onToken, sendText)
      : new TokenStamps(now, request.maxTokens);
    generating.set(id, stamps);
    const submitNs = now();
    try {
      const { stop, cachedPromptTokens, endToken, served } = await model.generate(prompt, request, stamps);
      await text?.finished();
      const { ids, promptEvaluatedNs } = stamps;
      const ended = endToken === undefined ? {} : { endToken };
      const answer = { submitNs, promptEvaluatedNs, ids, cachedPromptTokens, stop, ...ended };
      if (served !== undefined) return { ...answer, texts: stamps.texts, atNs: stamps.textsAtNs, served };
      const pieces = await own?.detokenize(ids);
      return { ...answer, atNs: stamps.atNs, ...(pieces === undefined ? {} : { pieces }) };
    } finally {
      generating.delete(id);
    }
  }

  function sendToken(request: number, id: number): void {
    send({ type: 'tokens', request, ids: [id] });
  }

  async function kernel(model: TokenModel, test: KernelTest): Promise<HostReplies['kernel']> {
    if (model.kernel === undefined) return lacks('has no kernel workload');
    let startNs = 0;
    let stopNs = 0;
    await model.kernel(test, {
      start: () => {
        startNs = now();
      },
      stop: () => {
        stopNs = now();
      },
    });
    return { startNs, durationNs: stopNs - startNs };
  }

  async function embed(model: TokenModel, texts: readonly string[]): Promise<HostReplies['embed']> {
    if (model.embed === undefined) return lacks('does not embed texts');
    const startNs = now();
    let submitNs = startNs;
    const { tokens, vectors } = await model.embed(texts, () => {
      submitNs = now();
    });
    const endNs = now();
    return { startNs, submitNs, endNs, tokens, vectors: vectors.map((vector) => Array.from(vector)) };
  }

  /** The model's own, or in a process that shares one the vocabulary's; undefined where the model uses a shared one. */
  function tokenizer(): Tokenizer | undefined {
    return model !== undefined && hasTokenizer(model) ? model : vocabulary;
  }

  function started(): HostedFramework {
    if (framework === undefined) throw new Error('the engine got a request before "start"');
    return framework;
  }

  /** @throws UserError for a request that the model cannot fulfil */
  function lacks(ability: string): never {
    throw new UserError(`${started().title} ${ability}`);
  }
}

function loaded<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the engine got a request before "load"');
  return value;
}

function hasTokenizer(model: TokenModel): model is TokenModel & Tokenizer {
  return 'tokenize' in model && 'detokenize' in model;
}

function abilitiesOf({ kernel, profile, score, likelihoods, embed }: TokenModel): HostReplies['load']['abilities'] {
  return {
    kernel: kernel !== undefined,
    profile: profile !== undefined,
    score: score !== undefined,
    likelihoods: likelihoods !== undefined,
    embed: embed !== undefined,
  };
}

function described(error: unknown): { message: string; remedy?: string; exitCode?: number } {
  if (!(error instanceof UserError)) return { message: oneLine(error) };
  const { remedy, exitCode } = error;
  return { message: oneLine(error), exitCode, ...(remedy === undefined ? {} : { remedy }) };
}
