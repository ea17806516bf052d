/** llama-benchy and the endpoint on the same requests: every figure of its results, and why it is not ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llamaBenchy } from '../../collate/definitions/tools/llama-benchy.ts';
import { peersPython } from './environment.ts';
import { type LlamaBenchyResults, runLlamaBenchy } from './llama-benchy.ts';
import { near } from './near.ts';
import { figuresOf } from './recorded-requests.ts';
import { type Served, serveForPeers } from './served.ts';
import { type StreamedAnswer, streamedAnswer } from './witness.ts';

const python = await peersPython();
const runs = 5;
const outputTokens = 48;

describe.skipIf(python === undefined)('llama-benchy', () => {
  let served: Served;
  let results: LlamaBenchyResults;
  let answers: StreamedAnswer[];

  beforeAll(async () => {
    served = await serveForPeers(python ?? '');
    results = await runLlamaBenchy(served, { runs, promptTokens: 64, outputTokens });
    // Two requests of its warm-up are not streamed, and it discards the first one that is.
    answers = served.witness
      .taken()
      .filter(({ events }) => events.length > 0)
      .map(streamedAnswer)
      .slice(1);
  }, 280_000);

  afterAll(() => served?.[Symbol.asyncDispose]());

  const events = <T extends LlamaBenchyResults['events'][number]['type']>(type: T) =>
    results.events.filter((event): event is Extract<typeof event, { type: T }> => event.type === type);

  /** Seconds from the first token of a request to each of its tokens, as it says them. */
  const tokenSeconds = () =>
    results.benchmark.requests_throughput_over_time.map((run) => (run[0] ?? []).map(([at]) => at));

  it('gets a whole answer to every request, with the same counts of tokens', () => {
    expect(answers).toHaveLength(runs);
    const counts = events('request_end').map(({ prompt_tokens, total_tokens }) => [prompt_tokens, total_tokens]);
    expect(counts).toEqual(answers.map(({ promptTokens, tokens }) => [promptTokens, tokens]));
    expect(counts.map(([, tokens]) => tokens)).toEqual(counts.map(() => outputTokens));
    expect(events('tokens')).toHaveLength(answers.reduce((sum, { piecesMs }) => sum + piecesMs.length, 0));
  });

  it('computes every figure of a request by the formula that docs/definitions-across-tools.md gives', () => {
    const { e2e_ttft, ttfr, est_ppt, pp_throughput, tg_throughput } = results.benchmark;
    expect(e2e_ttft.values).toEqual(events('request_first_token').map(({ ttft_s }) => near(ttft_s * 1e3)));
    expect(ttfr.values).toEqual(events('request_first_response').map(({ ttfr_s }) => near(ttfr_s * 1e3)));
    expect(est_ppt.values).toEqual(ttfr.values.map((ms) => near(Math.max(0, ms - results.latency_ms))));
    const pp = answers.flatMap(({ promptTokens }, i) => {
      const ms = est_ppt.values[i] ?? 0;
      return ms > 0 ? [near((promptTokens / ms) * 1e3)] : [];
    });
    expect(pp_throughput.values).toEqual(pp);
    // Of an answer whose pieces came all at once it gives no rate.
    const rates = tokenSeconds().flatMap((seconds) => {
      const last = seconds.at(-1) ?? 0;
      return last > 0 ? [near((seconds.length - 1) / last)] : [];
    });
    expect(tg_throughput.values).toEqual(rates);
  });

  it('spreads as many tokens as the endpoint counted evenly from its first piece to its last', () => {
    for (const [i, seconds] of tokenSeconds().entries()) {
      expect(seconds).toHaveLength(answers[i]?.tokens ?? Number.NaN);
      const step = (seconds.at(-1) ?? Number.NaN) / (seconds.length - 1);
      expect(seconds).toEqual(seconds.map((_, token) => expect.closeTo(token * step, 7)));
    }
  });

  it('has the figures of the whole run that --as llama-benchy computes from the same instants', () => {
    const firsts = events('request_first_token').map(({ ttft_s }) => ttft_s);
    const timed = answers.map(({ tokens, promptTokens }, i) => {
      const first = firsts[i] ?? Number.NaN;
      const pieceSeconds = (tokenSeconds()[i] ?? []).map((seconds) => first + seconds);
      return { startSeconds: 0, pieceSeconds, tokens, promptTokens };
    });
    const figures = figuresOf(llamaBenchy, timed);
    const { e2e_ttft, tg_throughput, peak_throughput } = results.benchmark;
    for (const [name, { mean, std }] of [
      ['e2e_ttft', e2e_ttft],
      ['tg t/s', tg_throughput],
      ['peak t/s', peak_throughput],
    ] as const) {
      expect([name, figures.get(name)]).toMatchObject([
        name,
        { distribution: { mean: near(mean), stddev: near(std) } },
      ]);
    }
  });

  it('sees a TTFT that is ours and the way there and back, and no decoding faster than that made it seem', () => {
    for (const [i, ours] of answers.entries()) {
      const theirsMs = results.benchmark.e2e_ttft.values[i] ?? Number.NaN;
      const seenMs = (ours.piecesMs[0] ?? Number.NaN) - ours.arrivedMs;
      expect(seenMs).toBeGreaterThanOrEqual(ours.ttftMs);
      expect(theirsMs).toBeGreaterThanOrEqual(seenMs);
      const theirTpotMs = ((tokenSeconds()[i]?.at(-1) ?? Number.NaN) * 1e3) / (ours.tokens - 1);
      expect(theirTpotMs).toBeGreaterThanOrEqual(ours.tpotMs - (theirsMs - ours.ttftMs) / (ours.tokens - 1) - 1e-6);
    }
  });
});
