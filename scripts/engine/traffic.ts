/**
 * Many requests at a time to a model that takes them, in the engine's process: sent by a schedule or one after the other by
 * several clients, each with stamps of its own. A request that fails is told with its kind and ends nothing else.
 */
import { oneLine } from '../command-line/errors.ts';
import { RequestFailure, type TokenModel } from '../frameworks/framework.ts';
import type { Traffic, TrafficRequest, TrafficResult } from '../frameworks/messages.ts';
import type { Clock } from './clock.ts';
import { TokenStamps } from './token-stamps.ts';

/** A client that was refused would else ask again at once, thousands of times a second. */
const pauseAfterFailureMs = 100;

/**
 * @param signal aborted: no more requests, and those that run are stopped
 * @param now clock of the run
 */
export async function runTraffic(
  model: TokenModel,
  traffic: Traffic,
  now: Clock,
  signal: AbortSignal,
): Promise<TrafficResult> {
  const startNs = now();
  const requests: TrafficRequest[] = [];
  let sent = 0;
  const send = async (scheduledNs: number): Promise<TrafficRequest> => {
    const request = await ask(model, traffic, sent++, scheduledNs, now, signal);
    requests.push(request);
    return request;
  };
  const mayGoOn = () => !signal.aborted && sent < traffic.requests && now() - startNs < traffic.durationNs;

  switch (traffic.arrivals.kind) {
    case 'closed':
      await Promise.all(
        Array.from({ length: traffic.arrivals.clients }, async () => {
          while (mayGoOn()) {
            const { failure } = await send(now());
            if (failure !== null) await wait(pauseAfterFailureMs, signal);
          }
        }),
      );
      break;
    case 'open': {
      const running: Array<Promise<TrafficRequest>> = [];
      for (const offsetNs of traffic.arrivals.offsetsNs) {
        const leftMs = (startNs + offsetNs - now()) / 1e6;
        if (leftMs > 0) await wait(leftMs, signal);
        // What is due is sent, however late: left out, the worst waits would be in no figure.
        if (signal.aborted || sent >= traffic.requests) break;
        running.push(send(startNs + offsetNs));
      }
      await Promise.all(running);
      break;
    }
    default:
      traffic.arrivals satisfies never;
  }
  requests.sort((a, b) => a.index - b.index);
  return { startNs, endNs: now(), requests };
}

/** Ends early when the signal is aborted. Without node:timers/promises: this code runs in pages as well. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', end);
  });
}

async function ask(
  model: TokenModel,
  traffic: Traffic,
  index: number,
  scheduledNs: number,
  now: Clock,
  signal: AbortSignal,
): Promise<TrafficRequest> {
  const { prompts, maxTokens, temperature, seed, ignoreEndOfSequence, reusePrefix, requestTimeoutMs } = traffic;
  const { prompt, messages } = prompts[index % prompts.length] ?? { prompt: [], messages: [] };
  const stamps = new TokenStamps(now, maxTokens);
  using deadline = deadlineOf(requestTimeoutMs, signal);
  const sentNs = now();
  const told = (end: Pick<TrafficRequest, 'stop' | 'cachedPromptTokens' | 'served' | 'failure'>): TrafficRequest => ({
    index,
    scheduledNs,
    sentNs,
    firstByteNs: stamps.firstArrivedNs,
    textsAtNs: stamps.textsAtNs,
    textLengths: stamps.texts.map(({ length }) => length),
    endNs: now(),
    text: stamps.texts.join(''),
    ...end,
  });
  try {
    const { stop, cachedPromptTokens, served } = await model.generate(
      Int32Array.from(prompt),
      {
        messages,
        maxTokens,
        temperature,
        seed: seed + index,
        ignoreEndOfSequence,
        reusePrefix,
        signal: deadline.signal,
      },
      stamps,
    );
    return told({ stop, cachedPromptTokens, served: served ?? null, failure: null });
  } catch (error) {
    if (signal.aborted) return told({ stop: 'cancelled', cachedPromptTokens: 0, served: null, failure: null });
    return told({ stop: null, cachedPromptTokens: 0, served: null, failure: failureOf(error) });
  }
}

/**
 * Aborted after its time, or with the signal that is given. Not AbortSignal.any of an AbortSignal.timeout: Node 20 collects
 * the latter as garbage, and then it never comes.
 */
function deadlineOf(limitMs: number, signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException('too late', 'TimeoutError')), limitMs);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}

function failureOf(error: unknown): TrafficRequest['failure'] {
  if (error instanceof RequestFailure) return { kind: error.kind, status: error.status, message: oneLine(error) };
  throw error;
}
