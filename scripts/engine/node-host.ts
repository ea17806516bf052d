/**
 * The engine process of frameworks that live in Node. Started by engine.ts, never by a person: it loads one framework,
 * generates, stamps, and does nothing else.
 */
import { oneLine, UserError } from '../command-line/errors.ts';
import type { Framework, LoadSpan, Model } from '../frameworks/framework.ts';
import { type Clock, clockSince } from './clock.ts';
import { type EngineMessage, type EngineRequest, type GenerateRequest, requestSchema } from './protocol.ts';
import { TokenStamps } from './token-stamps.ts';

let framework: Framework | undefined;
let model: Model | undefined;
let now: Clock = clockSince(0n);
let generating: TokenStamps | undefined;

// Ctrl-C reaches the whole process group; the harness decides what it means. Without a harness there is nothing to do.
process.on('SIGINT', () => {});
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
      return {};
    case 'probe':
      return span('framework_import', () => started(framework, 'start').probe());
    case 'load': {
      model = await started(framework, 'start').load({
        modelPath: request.modelPath,
        settings: request.settings,
        span,
        progress: (fraction) => send({ type: 'progress', fraction }),
      });
      return { ...model.effective, kernel: model.kernel !== undefined };
    }
    case 'tokenize': {
      const startNs = now();
      const ids = await started(model, 'load').tokenize(request.text);
      return { durationNs: now() - startNs, ids: Array.from(ids) };
    }
    case 'generate':
      return generate(started(model, 'load'), request.request);
    case 'cancel':
      if (generating !== undefined) generating.cancelled = true;
      return {};
    case 'kernel':
      return kernel(started(model, 'load'), request.request);
    case 'memory':
      return started(model, 'load').memory();
    case 'close':
      await model?.[Symbol.asyncDispose]();
      model = undefined;
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
async function importFramework(module: string, name: string): Promise<Framework> {
  const exported: Record<string, unknown> = await import(module);
  const found = Object.values(exported).find((value): value is Framework => isFramework(value) && value.name === name);
  if (found === undefined) throw new Error(`${module} exports no framework "${name}"`);
  return found;
}

function isFramework(value: unknown): value is Framework {
  return typeof value === 'object' && value !== null && 'name' in value && 'probe' in value && 'load' in value;
}

async function generate(model: Model, request: GenerateRequest) {
  const prompt = Int32Array.from(request.prompt);
  const pieces = request.stream ? pieceSender(model) : undefined;
  const stamps = new TokenStamps(now, request.maxTokens, pieces?.add);
  generating = stamps;
  const submitNs = now();
  try {
    const { stop, cachedPromptTokens } = await model.generate(prompt, request, stamps);
    await pieces?.finished();
    const ids = stamps.ids;
    return {
      submitNs,
      promptEvaluatedNs: stamps.promptEvaluatedNs,
      ids,
      pieces: await model.detokenize(ids),
      atNs: stamps.atNs,
      cachedPromptTokens,
      stop,
    };
  } finally {
    generating = undefined;
  }
}

/** Tokens before the new ones that a detokenizer may want to see. */
const detokenizerContext = 8;

/** Sends the text of an answer as it grows; the bytes of an unfinished character wait for the token that completes it. */
function pieceSender(model: Model) {
  const ids: number[] = [];
  let sent = 0;
  let sending: Promise<void> = Promise.resolve();
  const sendNew = async (upTo: number) => {
    const first = Math.max(0, sent - detokenizerContext);
    const pieces = await model.detokenize(ids.slice(first, upTo));
    const text = pieces.slice(sent - first).join('');
    if (text.endsWith('\uFFFD')) return;
    send({ type: 'piece', text });
    sent = upTo;
  };
  return {
    add(id: number) {
      const upTo = ids.push(id);
      sending = sending.then(() => sendNew(upTo));
    },
    finished: () => sending,
  };
}

async function kernel(model: Model, test: Parameters<NonNullable<Model['kernel']>>[0]) {
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
