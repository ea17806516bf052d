import { describe, expect, it } from 'vitest';
import type { Traffic, TrafficRequest, TrafficResult } from '../../../../scripts/frameworks/messages.ts';
import { keeps, objectiveSettings, objectives, objectivesOf } from '../../../../scripts/log/figures/objectives.ts';
import { requestFigures, type StageFigures, stageFigures } from '../../../../scripts/workloads/load/figures.ts';
import {
  doublingUpTo,
  type LoadRequestRecord,
  records as loadRecords,
  loadShape,
  loadShapeText,
} from '../../../../scripts/workloads/load/records.ts';
import {
  isSaturated,
  type LoadResults,
  queueGrew,
  saturationSentence,
} from '../../../../scripts/workloads/load/run-figures.ts';
import {
  constantArrivals,
  type LoadTest,
  measureLoad,
  poissonArrivals,
  warmUpLoad,
} from '../../../../scripts/workloads/load/stages.ts';
import { loadText } from '../../../../scripts/workloads/load/text.ts';

describe('the schedule of an open loop', () => {
  it('is even at a constant rate', () => {
    expect(constantArrivals(4, 1)).toEqual([0, 250e6, 500e6, 750e6]);
    expect(constantArrivals(0.5, 1)).toEqual([0]);
    expect(constantArrivals(10, 0.3)).toHaveLength(3);
  });

  it('is a Poisson process: right mean, right spread, the same for the same seed', () => {
    const offsets = poissonArrivals(50, 200, 7);
    expect(offsets).toEqual(poissonArrivals(50, 200, 7));
    expect(offsets).not.toEqual(poissonArrivals(50, 200, 8));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets.at(-1)).toBeLessThan(200e9);
    // 10 000 arrivals, standard deviation 100.
    expect(Math.abs(offsets.length - 10_000)).toBeLessThan(400);
    // Exponential gaps have a standard deviation equal to their mean.
    const gaps = offsets.slice(1).map((at, i) => at - (offsets[i] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gaps.length - 1));
    expect(deviation / mean).toBeCloseTo(1, 1);
  });
});

describe('options', () => {
  it.each([
    { text: 'single', shape: { kind: 'single' } },
    { text: 'concurrency=8', shape: { kind: 'concurrency', clients: 8 } },
    { text: 'rate=2.5', shape: { kind: 'constant', perSecond: 2.5 } },
    { text: 'poisson=0.1', shape: { kind: 'poisson', perSecond: 0.1 } },
    { text: 'ramp', shape: { kind: 'ramp', mostClients: 256 } },
    { text: 'ramp=6', shape: { kind: 'ramp', mostClients: 6 } },
  ])('$text is a shape', ({ text, shape }) => {
    expect(loadShape(text)).toEqual(shape);
    expect(loadShape(loadShapeText(loadShape(text)))).toEqual(shape);
  });

  it.each([
    '',
    'single=1',
    'concurrency',
    'concurrency=0',
    'concurrency=1.5',
    'rate=0',
    'rate=x',
    'poisson=-1',
    'storm',
  ])('"%s" is none', (text) => {
    expect(() => loadShape(text)).toThrow(/Allowed: single, concurrency=8/);
  });

  it('objectives are limits in milliseconds that an answer keeps or not', () => {
    const limits = objectives('ttft=500, tpot=50');
    expect(limits).toEqual({ ttft: 500, tpot: 50 });
    expect(keeps(limits, { ttftMs: 500, tpotMs: 50, e2eMs: 9e9 })).toBe(true);
    expect(keeps(limits, { ttftMs: 501, tpotMs: 50, e2eMs: 1 })).toBe(false);
    expect(keeps(limits, { ttftMs: 1, tpotMs: null, e2eMs: 1 })).toBe(true);
    expect(objectivesOf({ ...objectiveSettings(limits), threads: 2 })).toEqual(limits);
    for (const wrong of ['ttft', 'ttft=0', 'speed=1', 'ttft=x'])
      expect(() => objectives(wrong)).toThrow(/milliseconds/);
  });
});

const second = 1e9;

/** An answer of five tokens, 100 ms apart, the first one after 200 ms. */
function request(change: Partial<LoadRequestRecord> = {}): LoadRequestRecord {
  return {
    type: 'load_request',
    stage: 0,
    index: 0,
    questionId: 'q',
    scheduledNs: 0,
    sentNs: 0,
    firstByteNs: 0.15 * second,
    firstTokenNs: 0.2 * second,
    lastTokenNs: 0.6 * second,
    endNs: 0.61 * second,
    gapsNs: [0.1, 0.1, 0.1, 0.1].map((gap) => gap * second),
    promptTokens: 3,
    cachedPromptTokens: 0,
    tokens: 5,
    ownTokens: 5,
    stop: 'length',
    failure: null,
    ...change,
  };
}

const stage = {
  type: 'load_stage' as const,
  stage: 0,
  shape: { kind: 'closed' as const, clients: 2 },
  startNs: 0,
  endNs: 2 * second,
  requests: 1,
};
const resultsOf = (figures: StageFigures, limits = {}): LoadResults => ({
  load: 'concurrency=2',
  objectives: limits,
  stages: [{ shape: stage.shape, saturated: null, figures }],
  saturation: null,
});
const failure = (kind: 'rate_limited' | 'timeout') => ({ stop: null, failure: { kind, status: null, message: kind } });

describe('figures', () => {
  it('of a request count from the instant at which it should have been sent', () => {
    expect(requestFigures(request())).toEqual({ ttftMs: 200, tpotMs: 100, e2eMs: 600 });
    const late = request({ scheduledNs: -0.3 * second });
    expect(requestFigures(late)).toEqual({ ttftMs: 500, tpotMs: 100, e2eMs: 900 });
  });

  it('of a stage are over whole answers; failures are counted and never averaged in', () => {
    const requests = [
      request(),
      request({ index: 1, sentNs: 0.05 * second }),
      request({ index: 2, ...failure('rate_limited'), firstTokenNs: null, lastTokenNs: null, gapsNs: [], tokens: 0 }),
      request({ index: 3, ...failure('timeout'), lastTokenNs: 1.9 * second }),
      request({ index: 4, stop: 'cancelled' }),
      request({ stage: 1 }),
    ];
    const figures = stageFigures(stage, requests, { ttft: 150 });
    expect(figures).toMatchObject({
      sent: 5,
      completed: 2,
      failures: { rate_limited: 1, timeout: 1 },
      cancelled: 1,
      requestsPerSecond: 1,
      tokensPerSecond: 5,
      ttftMs: { count: 2, p50: null, p99: null },
      gapMs: { count: 8, p50: null },
      piecesAreTokens: true,
      goodput: { requestsPerSecond: 0, share: 0 },
    });
    expect(stageFigures(stage, requests, { ttft: 250 }).goodput).toEqual({ requestsPerSecond: 1, share: 0.4 });
    expect(stageFigures(stage, requests, {}).goodput).toBeNull();
  });

  it('of pieces of several tokens are labelled so', () => {
    const chunked = request({ gapsNs: [0.4 * second] });
    const figures = stageFigures(stage, [chunked], {});
    expect(figures.piecesAreTokens).toBe(false);
    expect(loadText(resultsOf(figures))).toMatch(/inter-chunk p50/);
  });

  it.each([
    { count: 9, p50: null, p90: null, p99: null },
    { count: 10, p50: 200, p90: null, p99: null },
    { count: 50, p50: 200, p90: 200, p99: null },
    { count: 500, p50: 200, p90: 200, p99: 200 },
  ])('have percentiles of $count answers only with five beyond them', ({ count, ...expected }) => {
    const requests = Array.from({ length: count }, (_, index) => request({ index }));
    expect(stageFigures(stage, requests, {}).ttftMs).toMatchObject({ count, ...expected });
  });

  it('tell how much longer the later answers took', () => {
    const requests = Array.from({ length: 20 }, (_, index) =>
      request({ index, lastTokenNs: (index < 10 ? 0.6 : 1.5) * second }),
    );
    expect(stageFigures(stage, requests, {}).e2eDrift).toBeCloseTo(2.5, 9);
    expect(stageFigures(stage, requests.slice(1), {}).e2eDrift).toBeNull();
  });

  it('are shown with the limits that goodput keeps', () => {
    const requests = Array.from({ length: 600 }, (_, index) => request({ index }));
    const text = loadText(resultsOf(stageFigures(stage, requests, { ttft: 500 }), { ttft: 500 }));
    expect(text).toMatch(/ITL p50/);
    expect(text).toMatch(/Goodput: answers with TTFT at most 500 ms\./);
    expect(text).toMatch(/2 at a time +600 +0/);
  });
});

describe('a ramp', () => {
  const at = (tokensPerSecond: number, failed = 0): StageFigures => ({
    ...stageFigures(stage, [request()], {}),
    sent: 100,
    tokensPerSecond,
    failures: failed === 0 ? {} : { timeout: failed },
  });

  it('is saturated when more clients bring no more, or errors', () => {
    expect(isSaturated(at(100), [])).toBe(false);
    expect(isSaturated(at(190), [at(100)])).toBe(false);
    expect(isSaturated(at(104), [at(100)])).toBe(true);
    expect(isSaturated(at(150), [at(100), at(200)])).toBe(true);
    expect(isSaturated(at(500, 1), [at(100)])).toBe(false);
    expect(isSaturated(at(500, 2), [at(100)])).toBe(true);
  });

  it('says where it ended', () => {
    const point = { clients: 1, tokensPerSecond: 100, saturated: false, failed: 0 };
    const two = { clients: 2, tokensPerSecond: 102, saturated: true, failed: 0 };
    expect(saturationSentence([point])).toMatch(/^Not saturated: 1 at a time get 100 tokens\/s/);
    expect(saturationSentence([point, two])).toBe(
      'Saturated with 1 at a time and 100 tokens/s: 2 at a time get 102 tokens/s, not 5 % more.',
    );
    expect(saturationSentence([point, { ...two, failed: 0.2 }])).toBe(
      'With 2 at a time 20 % of the requests fail: 1 is the most it bears, with 100 tokens/s.',
    );
    expect(saturationSentence([{ ...point, saturated: true, failed: 1 }])).toBe(
      'Even one at a time, 100 % of the requests fail.',
    );
  });

  it('doubles up to the most', () => {
    expect(doublingUpTo(6)).toEqual([1, 2, 4, 6]);
    expect(doublingUpTo(8)).toEqual([1, 2, 4, 8]);
    expect(doublingUpTo(1)).toEqual([1]);
  });
});

describe('a queue', () => {
  it.each([
    { rate: 10, answered: 9, drift: 1.1, grew: false },
    { rate: 10, answered: 9, drift: 1.6, grew: true },
    { rate: 10, answered: 4, drift: 1, grew: true },
    { rate: 10, answered: 8, drift: null, grew: false },
  ])(
    'grew ($grew) where of $rate/s $answered were answered with a drift of $drift',
    ({ rate, answered, drift, grew }) => {
      expect(queueGrew(rate, { requestsPerSecond: answered, e2eDrift: drift })).toBe(grew);
    },
  );
});

describe('a load test', () => {
  /** A server with two places: a third client only waits. */
  function engine(asked: Traffic[]) {
    return {
      async tokenize(text: string) {
        return { ids: [...Buffer.from(text)], durationNs: 0 };
      },
      async traffic(traffic: Traffic): Promise<TrafficResult> {
        asked.push(traffic);
        const clients = traffic.arrivals.kind === 'closed' ? traffic.arrivals.clients : 1;
        const count = Math.min(traffic.requests, 10 * Math.min(2, clients));
        const answer = (index: number): TrafficRequest => ({
          index,
          scheduledNs: 0,
          sentNs: 0,
          firstByteNs: 1,
          textsAtNs: [1e6, 2e6],
          textLengths: [1, 1],
          endNs: 2e6,
          text: 'ab',
          stop: 'length',
          cachedPromptTokens: 0,
          served: { asked: 'ids', promptTokens: 1, tokens: 2, ids: null },
          failure: null,
        });
        return { startNs: 0, endNs: second, requests: Array.from({ length: count }, (_, i) => answer(i)) };
      },
    };
  }

  const plan: LoadTest = {
    shape: { kind: 'ramp', mostClients: 64 },
    prompts: [
      { questionId: 'x', prompt: [1], messages: [] },
      { questionId: 'y', prompt: [2], messages: [] },
    ],
    seconds: 1,
    warmUpRequests: 3,
    requestTimeoutMs: 1000,
    objectives: {},
    maxTokens: 2,
    temperature: 0,
    seed: 42,
    ignoreEndOfSequence: true,
  };

  it('ramps until nothing is gained, and writes every request that counts', async () => {
    const asked: Traffic[] = [];
    const records: unknown[] = [];
    await warmUpLoad(plan, engine(asked));
    const stages = await measureLoad(plan, {
      engine: engine(asked),
      write: (...more) => records.push(...more),
      onStage: () => {},
      checkInterrupted: () => {},
    });
    // Warm-up, then 1, 2 and 4 clients, of which the third stage brings nothing more.
    expect(asked.map(({ requests, arrivals }) => [requests, arrivals.kind === 'closed' && arrivals.clients])).toEqual([
      [3, 1],
      [10_000_000, 1],
      [10_000_000, 2],
      [10_000_000, 4],
    ]);
    expect(stages.map(({ tokensPerSecond }) => tokensPerSecond)).toEqual([20, 40, 40]);
    expect(records).toHaveLength(3 + 10 + 20 + 20);
    const [stageSchema, requestSchema] = loadRecords.schemas;
    expect(requestSchema.parse(records[1])).toMatchObject({ index: 1, questionId: 'y', tokens: 2, gapsNs: [1e6] });
    expect(stageSchema.parse(records[10])).toMatchObject({ stage: 0, shape: { clients: 1 }, requests: 10 });
  });

  it('that was stopped hands over the stage it was in, and goes on with none', async () => {
    const records: unknown[] = [];
    let stopped = false;
    const server = engine([]);
    const stopping = {
      ...server,
      async traffic(traffic: Traffic) {
        const result = await server.traffic(traffic);
        stopped = traffic.arrivals.kind === 'closed' && traffic.arrivals.clients === 2;
        return result;
      },
    };
    const checkInterrupted = () => {
      if (stopped) throw new Error('stopped');
    };
    const surroundings = { engine: stopping, write: (...more: unknown[]) => records.push(...more), onStage: () => {} };
    await expect(measureLoad(plan, { ...surroundings, checkInterrupted })).rejects.toThrow('stopped');
    expect(records).toHaveLength(2 + 10 + 20);
  });

  it.each([
    { counted: 3, stop: 'end' as const, tokens: 2 },
    { counted: 3, stop: 'length' as const, tokens: 3 },
    { counted: null, stop: 'end' as const, tokens: 2 },
  ])(
    'counts $tokens tokens where a server says $counted of two and ended by $stop',
    async ({ counted, stop, tokens }) => {
      const server = engine([]);
      const counting = {
        ...server,
        async traffic(traffic: Traffic) {
          const result = await server.traffic(traffic);
          const served = { asked: 'ids' as const, promptTokens: 1, tokens: counted, ids: null };
          return { ...result, requests: result.requests.map((one) => ({ ...one, stop, served })) };
        },
      };
      const records: Array<{ type: string; tokens?: number }> = [];
      await measureLoad(
        { ...plan, shape: { kind: 'single' } },
        { engine: counting, write: (...more) => records.push(...more), onStage: () => {}, checkInterrupted: () => {} },
      );
      expect(records[0]).toMatchObject({ tokens, ownTokens: 2 });
    },
  );

  it('by the clock has its schedule from the seed', async () => {
    const asked: Traffic[] = [];
    const surroundings = { engine: engine(asked), write: () => {}, onStage: () => {}, checkInterrupted: () => {} };
    const poisson = { ...plan, shape: { kind: 'poisson' as const, perSecond: 20 } };
    for (let i = 0; i < 2; i++) await measureLoad(poisson, surroundings);
    expect(asked[0]?.arrivals).toEqual(asked[1]?.arrivals);
    expect(asked[0]?.arrivals).toMatchObject({ kind: 'open', offsetsNs: poissonArrivals(20, 1, 42) });
  });
});
