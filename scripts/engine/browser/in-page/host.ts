/**
 * The engine process of frameworks that live in a browser. Bundled by page-bundle.ts together with the page of one
 * framework; it loads, generates, stamps, and does nothing else. Its clock is the page's `performance.now`.
 */
import { oneLine, UserError } from '../../../command-line/errors.ts';
import type { LoadSpan, Model, PageFramework } from '../../../frameworks/framework.ts';
import type { EngineMessage, EngineRequest, GenerateRequest } from '../../protocol.ts';
import { TextStream } from '../../text-stream.ts';
import { TokenStamps } from '../../token-stamps.ts';

declare global {
  /** The binding that browser-channel.ts listens to. */
  var tokenlapSend: (message: string) => void;
  var tokenlapReceive: (request: EngineRequest) => void;
}

/** From here on the page answers requests. */
export function runHost(framework: PageFramework): void {
  let originMs = 0;
  let model: Model | undefined;
  let generating: { id: number; stamps: TokenStamps } | undefined;

  const now = () => Math.round((performance.now() - originMs) * 1e6);
  const send = (message: EngineMessage) => tokenlapSend(JSON.stringify(message));

  globalThis.tokenlapReceive = (request) => {
    answer(request).then(
      (result) => send({ type: 'reply', id: request.id, result }),
      (error: unknown) => send({ type: 'error', id: request.id, ...described(error) }),
    );
  };

  async function answer(request: EngineRequest): Promise<unknown> {
    switch (request.type) {
      case 'start':
        originMs = Number(request.originNs) / 1e6;
        return { nowNs: now() };
      case 'probe':
        return span('framework_import', () => framework.probe(request.framework));
      case 'load': {
        const { modelPath, settings } = request;
        const progress = (fraction: number) => send({ type: 'progress', fraction });
        model = await framework.load({ modelPath, settings, span, progress });
        return { ...model.effective, kernel: false, score: false, likelihoods: false };
      }
      case 'tokenize': {
        const startNs = now();
        const ids = await loaded().tokenize(request.text, request.plain);
        return { durationNs: now() - startNs, ids: Array.from(ids) };
      }
      case 'detokenize':
        return { pieces: await loaded().detokenize(request.tokens) };
      case 'generate':
        return generate(loaded(), request.id, request.request);
      case 'cancel':
        if (generating !== undefined && (request.request ?? generating.id) === generating.id) {
          generating.stamps.cancelled = true;
        }
        return {};
      case 'memory':
        return loaded().memory();
      case 'statistics':
        return (await loaded().statistics?.()) ?? {};
      case 'close':
        await model?.[Symbol.asyncDispose]();
        model = undefined;
        return {};
      case 'ceilings':
        return [];
      case 'vocabulary':
      case 'kernel':
      case 'traffic':
      case 'score':
      case 'likelihoods':
      case 'embed':
        throw new Error(`a page answers no "${request.type}"`);
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

  async function generate(model: Model, id: number, request: GenerateRequest) {
    const text = request.stream
      ? new TextStream(
          (tokens) => model.detokenize(tokens),
          (piece) => send({ type: 'piece', request: id, text: piece }),
        )
      : undefined;
    const stamps = new TokenStamps(now, request.maxTokens, text && ((token) => text.add(token)));
    generating = { id, stamps };
    const prompt = Int32Array.from(request.prompt);
    const submitNs = now();
    try {
      const { stop, cachedPromptTokens } = await model.generate(prompt, request, stamps);
      await text?.finished();
      const { ids, atNs, promptEvaluatedNs } = stamps;
      return { submitNs, promptEvaluatedNs, ids, pieces: await model.detokenize(ids), atNs, cachedPromptTokens, stop };
    } finally {
      generating = undefined;
    }
  }

  function loaded(): Model {
    if (model === undefined) throw new Error('the engine was asked before "load"');
    return model;
  }
}

function described(error: unknown): { message: string; remedy?: string; exitCode?: number } {
  if (!(error instanceof UserError)) return { message: oneLine(error) };
  const { remedy, exitCode } = error;
  return { message: oneLine(error), exitCode, ...(remedy === undefined ? {} : { remedy }) };
}
