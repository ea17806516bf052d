/** GuideLLM: its TPOT has the first token in it, its ITL has not; both are weighted by tokens. */

import { durationSeconds, firstNs, lastNs, totalTokens } from '../recorded.ts';
import {
  hasSeveralTokens,
  ofRequests,
  remarksOnClients,
  singleTokens,
  type Tool,
  value,
  weightedDistribution,
} from '../tool.ts';

const request = 'src/guidellm/schemas/base/request_stats.py: GenerativeRequestStats';
const metrics = 'src/guidellm/benchmark/schemas/metrics.py: GenerativeMetrics.compile';

export const guidellm: Tool = {
  name: 'guidellm',
  title: 'GuideLLM',
  source: { repository: 'vllm-project/guidellm', release: '0.8.1' },
  remarks: [...remarksOnClients, 'Its request ends when the answer is closed; a log of ours ends with the last token.'],
  figures: [
    {
      name: 'Request Latency',
      unit: 's',
      formula: 'tn - t0',
      source: `${request}.request_latency`,
      ours: 'e2e_ms',
      same: true,
      of: ofRequests((requests) =>
        weightedDistribution(requests.map((each) => ({ value: (lastNs(each) - each.startNs) / 1e9, weight: 1 }))),
      ),
    },
    {
      name: 'TTFT',
      unit: 'ms',
      formula: 't1 - t0',
      source: `${request}.time_to_first_token_ms`,
      ours: 'ttft_ms',
      same: true,
      of: ofRequests((requests) =>
        weightedDistribution(requests.map((each) => ({ value: (firstNs(each) - each.startNs) / 1e6, weight: 1 }))),
      ),
    },
    {
      name: 'ITL',
      unit: 'ms',
      formula: '(tn - t1) / (n - 1) of each request, weighted by n - 1',
      source: `${request}.inter_token_latency_ms; ${metrics}`,
      ours: 'tpot_ms',
      same: true,
      of: ofRequests(
        (requests) =>
          weightedDistribution(
            requests
              .filter(({ tokens }) => tokens > 1)
              .map((each) => ({
                value: (lastNs(each) - firstNs(each)) / (each.tokens - 1) / 1e6,
                weight: each.tokens - 1,
              })),
          ),
        hasSeveralTokens,
        singleTokens,
      ),
    },
    {
      name: 'TPOT',
      unit: 'ms',
      formula: '(tn - t0) / n of each request, weighted by n: the first token is in it',
      source: `${request}.time_per_output_token_ms; ${metrics}`,
      ours: 'tpot_ms',
      same: false,
      earlier: [{ before: '0.4.0', formula: '(tn - t1) / n of each request, weighted by n', same: false }],
      of: ofRequests((requests) =>
        weightedDistribution(
          requests.map((each) => ({ value: (lastNs(each) - each.startNs) / each.tokens / 1e6, weight: each.tokens })),
        ),
      ),
    },
    {
      name: 'Output Tokens Per Sec, mean',
      unit: 'tokens/s',
      formula: 'sum of n / time from the first request to the end of the last',
      source: 'src/guidellm/schemas/base/statistics.py: DistributionSummary.rate_distribution_from_timings',
      ours: 'e2e_tokens_per_s',
      same: false,
      earlier: [
        { before: '0.2.0', formula: 'sum of n / time from the first request to the end of the last', same: false },
        {
          before: '0.4.0',
          formula: '(sum of n - 1) / time from the first request to the end of the last',
          same: false,
        },
        { before: '0.8.0', formula: 'sum of n / time from the first token of all to the last', same: false },
      ],
      of: ofRequests((requests) => value(totalTokens(requests) / durationSeconds(requests))),
    },
  ],
};
