/** llama-benchy: the names of llama-bench, measured through a server; its pp has the whole TTFT in it. */
import { firstMs, firstNs, lastNs, type Request } from '../recorded.ts';
import { ofEachRequest, ofLongerRequests, type Tool } from '../tool.ts';

const client = 'src/llama_benchy/client.py: LLMClient.run_generation';
const results = 'src/llama_benchy/results.py: BenchmarkResults._process_batch';
/** numpy.std divides by n. */
const lost = 0;
const windowSeconds = 1;

export const llamaBenchy: Tool = {
  name: 'llama-benchy',
  title: 'llama-benchy',
  source: { repository: 'eugr/llama-benchy', release: '0.4.0' },
  remarks: [
    'It is a client: its clock starts when the HTTP request is sent. Here t0 stands in, before template and tokenisation.',
    'Its ttfr ends with the first event of the answer, which may be one without text; a log of ours has no such event.',
    'From ttfr it takes the mean time of GET /models (--latency-mode api, its default) before it divides; here nothing is taken, as with none.',
    'Where the server does not send the ids of the tokens of each piece, it spreads n tokens evenly from t1 to tn, as here.',
  ],
  figures: [
    {
      name: 'e2e_ttft',
      unit: 'ms',
      formula: 't1 - t0',
      source: client,
      ours: 'ttft_ms',
      same: true,
      of: ofEachRequest(firstMs, lost),
    },
    {
      name: 'pp t/s',
      unit: 'tokens/s',
      formula: 'prompt tokens / (ttfr - latency) of each request',
      source: results,
      ours: 'prefill_tokens_per_s',
      same: false,
      of: ofEachRequest(
        (request) => firstMs(request).flatMap((ms) => (ms > 0 ? [(request.promptTokens / ms) * 1e3] : [])),
        lost,
      ),
    },
    {
      name: 'tg t/s',
      unit: 'tokens/s',
      formula: '(n - 1) / (tn - t1) of each request; its mean is a mean of rates',
      source: results,
      ours: 'decode_tokens_per_s',
      same: true,
      of: ofLongerRequests((request) => decodeSeconds(request).map((seconds) => (request.tokens - 1) / seconds), lost),
    },
    {
      name: 'peak t/s',
      unit: 'tokens/s',
      formula: 'most tokens in any second of each request; n / (tn - t1) where that is shorter than a second',
      source: 'src/llama_benchy/results.py: BenchmarkResults._calculate_peak_throughput',
      ours: null,
      same: false,
      of: ofLongerRequests((request) => (request.tokens > 1 ? [peak(request.tokens, secondsOf(request))] : []), lost),
    },
  ],
};

const secondsOf = (request: Request): number => (lastNs(request) - firstNs(request)) / 1e9;

/** From the first token to the last; none where that is no time. */
function decodeSeconds(request: Request): number[] {
  const seconds = secondsOf(request);
  return request.tokens > 1 && seconds > 0 ? [seconds] : [];
}

/** Tokens lie evenly, so that every second but the first ones has as many of them. No time at all counts as a second. */
function peak(tokens: number, seconds: number): number {
  if (seconds > 0 && seconds < windowSeconds) return tokens / seconds;
  const stepSeconds = seconds / (tokens - 1);
  return Math.min(tokens, Math.ceil(windowSeconds / stepSeconds)) / windowSeconds;
}
