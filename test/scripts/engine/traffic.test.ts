import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { clockSince, monotonicNow } from '../../../scripts/engine/clock.ts';
import { runTraffic } from '../../../scripts/engine/traffic.ts';
import { RequestFailure, type TokenModel } from '../../../scripts/frameworks/framework.ts';
import type { Traffic } from '../../../scripts/frameworks/messages.ts';
import { nothingCompared, unknownBuild } from '../../fakes/compared-facts.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const traffic: Traffic = {
  prompts: [{ prompt: [1], messages: [] }],
  arrivals: { kind: 'closed', clients: 4 },
  durationNs: 100e6,
  requests: 4,
  requestTimeoutMs: 400,
  maxTokens: 8,
  temperature: 0,
  seed: 1,
  ignoreEndOfSequence: false,
  reusePrefix: false,
};

/** @param generate told of the signal as a server's client is: joined with one of its own */
function modelOf(generate: (signal: AbortSignal) => Promise<void>): TokenModel {
  return {
    effective: {
      device: 'server',
      deviceName: 'paper',
      comparable: true,
      settings: nothingCompared,
      build: unknownBuild,
      kvBytesPerPosition: 0,
      notes: [],
    },
    async generate(_prompt, { signal }) {
      await generate(AbortSignal.any([new AbortController().signal, ...(signal === undefined ? [] : [signal])]));
      return { stop: 'end', cachedPromptTokens: 0 };
    },
    memory: async () => ({}),
    async [Symbol.asyncDispose]() {},
  };
}

const run = (model: TokenModel, change: Partial<Traffic> = {}) =>
  runTraffic(model, { ...traffic, ...change }, clockSince(monotonicNow()), new AbortController().signal);

it('requests end with their time, whatever the garbage collector has done meanwhile', { timeout: 10_000 }, async () => {
  const silent = modelOf(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          const reason: unknown = signal.reason;
          const timedOut = reason instanceof DOMException && reason.name === 'TimeoutError';
          reject(new RequestFailure(timedOut ? 'timeout' : 'connection', 'over', ''));
        });
      }),
  );
  const collecting = setInterval(collectGarbage, 50);
  const { requests } = await run(silent).finally(() => clearInterval(collecting));
  expect(requests.map(({ failure }) => failure?.kind)).toEqual(['timeout', 'timeout', 'timeout', 'timeout']);
});

it('a client whose request failed does not ask again at once', async () => {
  const refusing = modelOf(async () => {
    throw new RequestFailure('rate_limited', 'come back later', '', 429);
  });
  const { requests } = await run(refusing, {
    arrivals: { kind: 'closed', clients: 1 },
    requests: 1000,
    durationNs: 350e6,
  });
  expect(requests.length).toBeGreaterThan(1);
  expect(requests.length).toBeLessThan(6);
  const sentMs = requests.map(({ sentNs }) => sentNs / 1e6);
  for (let i = 1; i < sentMs.length; i++) expect((sentMs[i] ?? 0) - (sentMs[i - 1] ?? 0)).toBeGreaterThan(98);
});

it('what is due is sent, however late the client is', async () => {
  const hogging = modelOf(async () => {
    const untilMs = performance.now() + 40;
    while (performance.now() < untilMs);
  });
  const offsetsNs = Array.from({ length: 10 }, (_, i) => i * 10e6);
  const { requests, startNs } = await run(hogging, { arrivals: { kind: 'open', offsetsNs }, requests: 1000 });
  expect(requests.map(({ scheduledNs }) => scheduledNs - startNs)).toEqual(offsetsNs);
});
