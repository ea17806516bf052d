/** `vllm bench serve`: TPOT without the first token, throughput over the whole time. */

import { durationSeconds, firstMs, gapsMs, perTokenMs, type Request, totalTokens, wholeMs } from '../recorded.ts';
import { absent, ofEachRequest, ofLongerRequests, ofRequests, remarksOnClients, type Tool, value } from '../tool.ts';

const metrics = 'vllm/benchmarks/serve.py: calculate_metrics';
const request = 'vllm/benchmarks/lib/endpoint_request_func.py: async_request_openai_chat_completions';
/** numpy.std divides by n. */
const lost = 0;

export const vllm: Tool = {
  name: 'vllm',
  title: 'vLLM (vllm bench serve)',
  source: { repository: 'vllm-project/vllm', commit: '009e6d4a1cd6ba3fb2a9fc00f4ec06f5297232a1' },
  remarks: [
    ...remarksOnClients,
    'A server may send an empty first piece with the role; vLLM takes that one for the first token.',
  ],
  figures: [
    {
      name: 'TTFT',
      unit: 'ms',
      formula: 't1 - t0',
      source: request,
      ours: 'ttft_ms',
      same: true,
      of: ofEachRequest(firstMs, lost),
    },
    {
      name: 'TPOT',
      unit: 'ms',
      formula: '(tn - t1) / (n - 1) of each request; requests count alike',
      source: metrics,
      ours: 'tpot_ms',
      same: true,
      of: ofLongerRequests(perTokenMs, lost),
    },
    {
      name: 'ITL',
      unit: 'ms',
      formula: 'gaps between successive pieces, of all requests together',
      source: request,
      ours: 'itl_p50_ms',
      same: true,
      of: ofLongerRequests(gapsMs, lost),
    },
    {
      name: 'E2EL',
      unit: 'ms',
      formula: 'tn - t0',
      source: request,
      ours: 'e2e_ms',
      same: true,
      of: ofEachRequest(wholeMs, lost),
    },
    {
      name: 'Request throughput',
      unit: 'requests/s',
      formula: 'requests / time from the first request to the end',
      source: metrics,
      ours: null,
      same: false,
      of: ofRequests((requests) => value(requests.length / durationSeconds(requests))),
    },
    {
      name: 'Output token throughput',
      unit: 'tokens/s',
      formula: 'sum of n / time from the first request to the end',
      source: metrics,
      ours: 'e2e_tokens_per_s',
      same: false,
      of: ofRequests((requests) => value(totalTokens(requests) / durationSeconds(requests))),
    },
    {
      name: 'Peak output token throughput',
      unit: 'tokens/s',
      formula: 'most pieces in one of the seconds counted from the first request',
      source: metrics,
      ours: null,
      same: false,
      of: ofRequests((requests) => value(busiestSecond(requests))),
    },
    {
      name: 'Total token throughput',
      unit: 'tokens/s',
      formula: 'sum of prompt tokens and n / time from the first request to the end',
      source: metrics,
      ours: null,
      same: false,
      of: ofRequests((requests) =>
        value(
          requests.reduce((sum, { promptTokens, tokens }) => sum + promptTokens + tokens, 0) /
            durationSeconds(requests),
        ),
      ),
    },
    {
      name: 'Request goodput',
      unit: 'requests/s',
      formula: 'requests within the limits of --goodput / time from the first request to the end',
      source: metrics,
      ours: null,
      same: false,
      of: () => absent('the log has no limits of --goodput to hold requests against'),
    },
  ],
};

function busiestSecond(requests: readonly Request[]): number {
  const start = Math.min(...requests.map(({ startNs }) => startNs));
  const counts = new Map<number, number>();
  for (const atNs of requests.flatMap(({ chunksNs }) => chunksNs)) {
    const second = Math.floor((atNs - start) / 1e9);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}
