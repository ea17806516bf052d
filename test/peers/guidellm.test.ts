/** GuideLLM and the endpoint on the same requests: every figure of its report, and why it is not ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidellm } from '../../collate/definitions/tools/guidellm.ts';
import { peersPython } from './environment.ts';
import { type GuidellmReport, runGuidellm } from './guidellm.ts';
import { near } from './near.ts';
import { figuresOf } from './recorded-requests.ts';
import { type Served, serveForPeers } from './served.ts';
import { type Exchange, type StreamedAnswer, streamedAnswer } from './witness.ts';

const python = await peersPython();
const requests = 6;
const outputTokens = 48;

describe.skipIf(python === undefined)('GuideLLM', () => {
  let served: Served;
  let report: GuidellmReport;
  let exchanges: Exchange[];
  /** Theirs and ours of the same request, by the name that the endpoint gave it. */
  let pairs: Array<{ theirs: GuidellmReport['requests']['successful'][number]; ours: StreamedAnswer }>;

  beforeAll(async () => {
    served = await serveForPeers(python ?? '');
    report = await runGuidellm(served, { requests, promptTokens: 64, outputTokens });
    exchanges = served.witness.taken();
    const answers = new Map(exchanges.map(streamedAnswer).map((answer) => [answer.id, answer]));
    pairs = report.requests.successful.flatMap((theirs) => {
      const ours = answers.get(theirs.response_id);
      return ours === undefined ? [] : [{ theirs, ours }];
    });
  }, 280_000);

  afterAll(() => served?.[Symbol.asyncDispose]());

  it('gets a whole answer to every request, with the same counts of tokens', () => {
    expect(report.requests.errored).toEqual([]);
    expect(report.requests.incomplete).toEqual([]);
    expect(pairs).toHaveLength(requests);
    for (const { theirs, ours } of pairs) {
      expect(theirs.output_tokens).toBe(outputTokens);
      expect([theirs.prompt_tokens, theirs.output_tokens]).toEqual([ours.promptTokens, ours.tokens]);
      expect(theirs.info.timings.token_iterations).toBe(ours.piecesMs.length);
    }
    for (const { body } of exchanges) {
      expect(body).toMatchObject({ stream_options: { include_usage: true }, ignore_eos: true });
    }
  });

  it('computes every figure of a request by the formula that docs/definitions-across-tools.md gives', () => {
    for (const { theirs } of pairs) {
      const {
        request_start: t0,
        first_token_iteration: t1,
        last_token_iteration: tn,
        request_end,
      } = theirs.info.timings;
      const n = theirs.output_tokens;
      expect(theirs.time_to_first_token_ms).toEqual(near((t1 - t0) * 1e3));
      expect(theirs.inter_token_latency_ms).toEqual(near(((tn - t1) / (n - 1)) * 1e3));
      expect(theirs.time_per_output_token_ms).toEqual(near(((tn - t0) / n) * 1e3));
      expect(theirs.request_latency).toEqual(near(request_end - t0));
      expect(theirs.output_tokens_per_second).toEqual(near(n / (request_end - t0)));
      // So its TPOT is made of its TTFT and of its ITL, which is what others call TPOT.
      const together = theirs.time_to_first_token_ms + (n - 1) * theirs.inter_token_latency_ms;
      expect(theirs.time_per_output_token_ms).toEqual(near(together / n));
    }
  });

  it('has the figures of the whole run that --as guidellm computes from the same instants', () => {
    const timed = report.requests.successful.map(
      ({ info: { timings }, output_tokens: tokens, prompt_tokens: promptTokens }) => ({
        startSeconds: timings.request_start,
        pieceSeconds: [timings.first_token_iteration, timings.last_token_iteration],
        ...{ tokens, promptTokens },
        endSeconds: timings.request_end,
      }),
    );
    const figures = figuresOf(guidellm, timed);
    // Its request ends when the answer is closed, and not with the last token.
    const closed = figuresOf(
      guidellm,
      timed.map(({ pieceSeconds: [first = Number.NaN], ...request }) => ({
        ...request,
        pieceSeconds: [first, request.endSeconds],
      })),
    );
    const { metrics } = report;
    for (const [measured, { successful }] of [
      [figures.get('TTFT'), metrics.time_to_first_token_ms],
      [figures.get('ITL'), metrics.inter_token_latency_ms],
      [figures.get('TPOT'), metrics.time_per_output_token_ms],
      [closed.get('Request Latency'), metrics.request_latency],
    ] as const) {
      expect(measured).toMatchObject({
        distribution: {
          mean: near(successful.mean),
          p50: near(successful.median),
          stddev: near(successful.std_dev),
        },
      });
    }
    const rate = metrics.output_tokens_per_second.successful.mean;
    expect(closed.get('Output Tokens Per Sec, mean')).toEqual({ kind: 'value', value: near(rate) });
  });

  it('sees a TTFT that is ours and the way there and back, and a whole answer that is not shorter', () => {
    for (const { theirs, ours } of pairs) {
      const [first = Number.NaN] = ours.piecesMs;
      const seenMs = first - ours.arrivedMs;
      // Each clock is read by itself: differences of instants, never instants of two clocks.
      expect(seenMs).toBeGreaterThanOrEqual(ours.ttftMs);
      expect(theirs.time_to_first_token_ms).toBeGreaterThanOrEqual(seenMs);
      expect(theirs.request_latency * 1e3).toBeGreaterThanOrEqual(ours.ttftMs + (ours.tokens - 1) * ours.tpotMs);
    }
  });

  it('sees decoding at most as much faster than it was as its first token came late', () => {
    for (const { theirs, ours } of pairs) {
      const lateMs = theirs.time_to_first_token_ms - ours.ttftMs;
      expect(theirs.inter_token_latency_ms).toBeGreaterThanOrEqual(ours.tpotMs - lateMs / (ours.tokens - 1) - 1e-6);
    }
  });
});
