/** NVIDIA's AIPerf: what it calls ITL is a mean of each request; the single gaps are its ICL. */

import { durationSeconds, firstMs, firstNs, gapsMs, perTokenMs, totalTokens, wholeMs } from '../recorded.ts';
import { ofEachRequest, ofLongerRequests, ofRequests, remarksOnClients, type Tool, value } from '../tool.ts';

const folder = 'src/aiperf/metrics/types';
/** numpy.std divides by n. */
const lost = 0;

export const aiperf: Tool = {
  name: 'aiperf',
  title: 'AIPerf',
  source: { repository: 'ai-dynamo/aiperf', commit: '58dd5dea729ceece71b0afbea12994030bf70d8b' },
  remarks: [
    ...remarksOnClients,
    'With --per-chunk-usage its ITL divides by n less the tokens of the first piece; without, as here, by n - 1.',
  ],
  figures: [
    {
      name: 'Time to First Token (TTFT)',
      unit: 'ms',
      formula: 't1 - t0',
      source: `${folder}/ttft_metric.py: TTFTMetric`,
      ours: 'ttft_ms',
      same: true,
      of: ofEachRequest(firstMs, lost),
    },
    {
      name: 'Time to Second Token (TTST)',
      unit: 'ms',
      formula: 't2 - t1',
      source: `${folder}/ttst_metric.py: TTSTMetric`,
      ours: null,
      same: false,
      of: ofLongerRequests((each) => gapsMs(each).slice(0, 1), lost),
    },
    {
      name: 'Request Latency',
      unit: 'ms',
      formula: 'tn - t0',
      source: `${folder}/request_latency_metric.py: RequestLatencyMetric`,
      ours: 'e2e_ms',
      same: true,
      of: ofEachRequest(wholeMs, lost),
    },
    {
      name: 'Inter Token Latency (ITL)',
      unit: 'ms',
      formula: '(tn - t1) / (n - 1) of each request: one value a request, not a gap',
      source: `${folder}/inter_token_latency_metric.py: InterTokenLatencyMetric`,
      ours: 'tpot_ms',
      same: true,
      of: ofLongerRequests(perTokenMs, lost),
    },
    {
      name: 'Inter Chunk Latency (ICL)',
      unit: 'ms',
      formula: 'gaps between successive pieces, of all requests together',
      source: `${folder}/inter_chunk_latency_metric.py: InterChunkLatencyMetric`,
      ours: 'itl_p50_ms',
      same: true,
      of: ofLongerRequests(gapsMs, lost),
    },
    {
      name: 'Output Token Throughput Per User',
      unit: 'tokens/s',
      formula: '1 / ITL of each request; its mean is a mean of rates',
      source: `${folder}/output_token_throughput_metrics.py: OutputTokenThroughputPerUserMetric`,
      ours: 'decode_tokens_per_s',
      same: true,
      of: ofLongerRequests((each) => perTokenMs(each).flatMap((ms) => (ms > 0 ? [1000 / ms] : [])), lost),
    },
    {
      name: 'Prefill Throughput Per User',
      unit: 'tokens/s',
      formula: 'prompt tokens / TTFT of each request',
      source: `${folder}/prefill_throughput_per_user.py: PrefillThroughputPerUserMetric`,
      ours: 'prefill_tokens_per_s',
      same: false,
      of: ofEachRequest((each) => [(each.promptTokens / (firstNs(each) - each.startNs)) * 1e9], lost),
    },
    {
      name: 'Output Token Throughput',
      unit: 'tokens/s',
      formula: 'sum of n / time from the first request to the last token',
      source: `${folder}/output_token_throughput_metrics.py: OutputTokenThroughputMetric`,
      ours: 'e2e_tokens_per_s',
      same: false,
      of: ofRequests((requests) => value(totalTokens(requests) / durationSeconds(requests))),
    },
    {
      name: 'Request Throughput',
      unit: 'requests/s',
      formula: 'requests / time from the first request to the last token',
      source: `${folder}/request_throughput_metric.py: RequestThroughputMetric`,
      ours: null,
      same: false,
      of: ofRequests((requests) => value(requests.length / durationSeconds(requests))),
    },
  ],
};
