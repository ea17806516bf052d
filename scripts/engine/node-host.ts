/**
 * The engine process of frameworks that live in Node. Started by engine.ts, never by a person: it loads one framework,
 * generates, stamps, and does nothing else.
 */
import { oneLine, UserError } from '../command-line/errors.ts';
import type {
  KernelTest,
  LikelihoodRequest,
  LoadSpan,
  NodeFramework,
  ScoreRequest,
  Tokenizer,
  TokenModel,
  Vocabulary,
} from '../frameworks/framework.ts';
import { type Clock, clockSince } from './clock.ts';
import {
  type EngineMessage,
  type EngineRequest,
  type GenerateRequest,
  requestSchema,
  type Traffic,
} from './protocol.ts';
import { TextStream } from './text-stream.ts';
import { TokenStamps } from './token-stamps.ts';
import { runTraffic } from './traffic.ts';

let framework: NodeFramework | undefined;
/** Lent to an engine that has no tokenizer; in such a process there is no model. */
let vocabulary: Vocabulary | undefined;
let model: TokenModel | undefined;
let now: Clock = clockSince(0n);
/** By the ids of their requests. */
const generating = new Map<number, TokenStamps>();
let flowing: AbortController | undefined;

// Ctrl-C and the end of a terminal reach the whole process group; the harness decides what they mean. Without a harness there
// is nothing to do.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (raw) => {
  const request = requestSchema.parse(raw);
  answer(request).then(
    (result) => send({ type: 'reply', id: request.id, result }),
    (error: unknown) => sendError(request.id, error),
  );
});

async function answer(request: EngineRequest): Promise<unknown> {
  switch (request.type) {
    case 'start':
      now = clockSince(BigInt(request.originNs));
      framework = await importFramework(request.module, request.framework);
      return { nowNs: now() };
    case 'probe':
      return span('framework_import', () => started(framework, 'start').probe(request.framework));
    case 'ceilings':
      return (await started(framework, 'start').ceilings?.(request.device, request.threads)) ?? [];
    case 'load': {
      model = await started(framework, 'start').load({
        modelPath: request.modelPath,
        settings: request.settings,
        span,
        progress: (fraction) => send({ type: 'progress', fraction }),
        endOfSequence: new Set(request.endOfSequence),
      });
      return {
        ...model.effective,
        kernel: model.kernel !== undefined,
        score: model.score !== undefined,
        likelihoods: model.likelihoods !== undefined,
        embed: model.embed !== undefined,
      };
    }
    case 'vocabulary':
      return lendVocabulary(request.modelPath);
    case 'tokenize': {
      const startNs = now();
      const ids = await started(tokenizer(), 'load').tokenize(request.text, request.plain);
      return { durationNs: now() - startNs, ids: Array.from(ids) };
    }
    case 'detokenize':
      return { pieces: await started(tokenizer(), 'load').detokenize(request.tokens) };
    case 'generate':
      return generate(started(model, 'load'), request.id, request.request);
    case 'traffic':
      return traffic(started(model, 'load'), request.traffic);
    case 'cancel':
      for (const [id, stamps] of generating) if (id === (request.request ?? id)) stamps.cancelled = true;
      if (request.request === undefined) flowing?.abort();
      return {};
    case 'kernel':
      return kernel(started(model, 'load'), request.request);
    case 'score':
      return score(started(model, 'load'), request.request);
    case 'likelihoods':
      return likelihoods(started(model, 'load'), request.request);
    case 'embed':
      return embed(started(model, 'load'), request.texts);
    case 'statistics':
      return (await started(model, 'load').statistics?.()) ?? {};
    case 'memory':
      // Node has made kilobytes of what the system counts in.
      return {
        ...(await started(model, 'load').memory()),
        maxResidentBytes: process.resourceUsage().maxRSS * 1024,
      };
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

/** Finds the framework among the exports of its module. */
async function importFramework(module: string, name: string): Promise<NodeFramework> {
  const exported: Record<string, unknown> = await import(module);
  const found = Object.values(exported).find(
    (value): value is NodeFramework => isFramework(value) && value.name === name,
  );
  if (found === undefined) throw new Error(`${module} exports no framework "${name}"`);
  return found;
}

function isFramework(value: unknown): value is NodeFramework {
  return typeof value === 'object' && value !== null && 'name' in value && 'probe' in value && 'load' in value;
}

async function generate(model: TokenModel, id: number, request: GenerateRequest) {
  const own = tokenizer();
  const prompt = Int32Array.from(request.prompt);
  const text =
    request.stream && own !== undefined
      ? new TextStream(
          (tokens) => own.detokenize(tokens),
          (piece) => send({ type: 'piece', request: id, text: piece }),
        )
      : undefined;
  const tell = (token: number) =>
    text === undefined ? send({ type: 'tokens', request: id, ids: [token] }) : text.add(token);
  const tellText = (piece: string) => send({ type: 'piece', request: id, text: piece });
  const stamps = request.stream
    ? new TokenStamps(now, request.maxTokens, tell, tellText)
    : new TokenStamps(now, request.maxTokens);
  generating.set(id, stamps);
  const submitNs = now();
  try {
    const { stop, cachedPromptTokens, served } = await model.generate(prompt, request, stamps);
    await text?.finished();
    const { ids, promptEvaluatedNs } = stamps;
    if (served !== undefined) {
      const { texts, textsAtNs: atNs } = stamps;
      return { submitNs, promptEvaluatedNs, ids, texts, atNs, served, cachedPromptTokens, stop };
    }
    return {
      submitNs,
      promptEvaluatedNs,
      ids,
      pieces: await own?.detokenize(ids),
      atNs: stamps.atNs,
      cachedPromptTokens,
      stop,
    };
  } finally {
    generating.delete(id);
  }
}

/** The model's own, or in a process that lends one the vocabulary's; undefined where one is lent to the model. */
function tokenizer(): Tokenizer | undefined {
  return model !== undefined && hasTokenizer(model) ? model : vocabulary;
}

function hasTokenizer(candidate: TokenModel): candidate is TokenModel & Tokenizer {
  return 'tokenize' in candidate && 'detokenize' in candidate;
}

async function lendVocabulary(modelPath: string) {
  const lender = started(framework, 'start');
  if (lender.loadVocabulary === undefined) throw new Error(`${lender.title} has no vocabulary to lend`);
  vocabulary = await lender.loadVocabulary({ modelPath, span });
  return { version: vocabulary.version, endOfSequence: vocabulary.endOfSequence };
}

async function score(model: TokenModel, request: ScoreRequest) {
  if (model.score === undefined) throw new UserError(`${started(framework, 'start').title} cannot show its logits`);
  return model.score(request);
}

async function likelihoods(model: TokenModel, request: LikelihoodRequest) {
  if (model.likelihoods === undefined) throw new UserError(`${started(framework, 'start').title} tells no likelihoods`);
  return model.likelihoods(request);
}

async function embed(model: TokenModel, texts: readonly string[]) {
  if (model.embed === undefined) throw new UserError(`${started(framework, 'start').title} embeds no texts`);
  const startNs = now();
  let submitNs = startNs;
  const { tokens, vectors } = await model.embed(texts, () => {
    submitNs = now();
  });
  const endNs = now();
  return { startNs, submitNs, endNs, tokens, vectors: vectors.map((vector) => Array.from(vector)) };
}

async function traffic(model: TokenModel, asked: Traffic) {
  flowing = new AbortController();
  return runTraffic(model, asked, now, flowing.signal);
}

async function kernel(model: TokenModel, test: KernelTest) {
  if (model.kernel === undefined) throw new UserError(`${started(framework, 'start').title} has no kernel workload`);
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

function started<T>(value: T | undefined, before: string): T {
  if (value === undefined) throw new Error(`the engine was asked before "${before}"`);
  return value;
}

function send(message: EngineMessage): void {
  if (process.connected) process.send?.(message);
}

function sendError(id: number, error: unknown): void {
  const known = error instanceof UserError ? error : undefined;
  send({
    type: 'error',
    id,
    message: oneLine(error),
    ...(known?.remedy === undefined ? {} : { remedy: known.remedy }),
    ...(known === undefined ? {} : { exitCode: known.exitCode }),
  });
}
