/** MLC's `python -m mlc_llm.bench`: its inter-token latency has the prompt in it. */

import { durationSeconds, firstNs, lastNs, type Request, totalTokens } from '../recorded.ts';
import {
  absent,
  distribution,
  type Measured,
  noAnswers,
  remarksOnClients,
  type Tool,
  type ToolFigure,
  value,
} from '../tool.ts';

const analyzer = 'python/mlc_llm/bench/request_processor.py: MetricAnalyzer';
const endpoint = 'python/mlc_llm/bench/api_endpoint.py: OpenAIChatEndPoint';
const summary = 'python/mlc_llm/bench/request_record.py: generate_metrics_summary';
/** pandas divides by n - 1. */
const lost = 1;

export const mlcBench: Tool = {
  name: 'mlc-bench',
  title: 'MLC bench (mlc_llm.bench)',
  source: { repository: 'mlc-ai/mlc-llm', commit: '79d603f085f50500e9509fa01785ffa7ecfaaa93' },
  remarks: [
    ...remarksOnClients,
    'It counts tokens by tokenising the text again, and drops requests that came in a single piece.',
  ],
  figures: [
    {
      name: 'Time to First Token (TTFT)',
      unit: 'ms',
      formula: 't1 - t0',
      source: endpoint,
      ours: 'ttft_ms',
      same: true,
      of: ofKept((requests) =>
        distribution(
          requests.map((each) => (firstNs(each) - each.startNs) / 1e6),
          lost,
        ),
      ),
    },
    {
      name: 'Time per Output Token (TPOT)',
      unit: 'ms',
      formula: '(tn - t1) / (n - tokens of the first piece) of each request',
      source: analyzer,
      ours: 'tpot_ms',
      same: true,
      of: ofKept((requests) =>
        distribution(
          requests.map((each) => (lastNs(each) - firstNs(each)) / (each.tokens - each.firstChunkTokens) / 1e6),
          lost,
        ),
      ),
    },
    {
      name: 'Inter-Token Latency',
      unit: 'ms',
      formula: '(tn - t0) / n of each request: TTFT is in it',
      source: analyzer,
      ours: 'itl_p50_ms',
      same: false,
      of: ofKept((requests) =>
        distribution(
          requests.map((each) => (lastNs(each) - each.startNs) / each.tokens / 1e6),
          lost,
        ),
      ),
    },
    {
      name: 'End-to-End Latency',
      unit: 'ms',
      formula: 'tn - t0',
      source: endpoint,
      ours: 'e2e_ms',
      same: true,
      of: ofKept((requests) =>
        distribution(
          requests.map((each) => (lastNs(each) - each.startNs) / 1e6),
          lost,
        ),
      ),
    },
    {
      name: 'Request throughput',
      unit: 'requests/s',
      formula: 'requests / time from the first request to the end of the last',
      source: summary,
      ours: null,
      same: false,
      of: ofKept((requests) => value(requests.length / durationSeconds(requests))),
    },
    {
      name: 'Output token throughput',
      unit: 'tokens/s',
      formula: 'sum of n / time from the first request to the end of the last',
      source: summary,
      ours: 'e2e_tokens_per_s',
      same: false,
      of: ofKept((requests) => value(totalTokens(requests) / durationSeconds(requests))),
    },
  ],
};

function ofKept(of: (requests: readonly Request[]) => Measured): ToolFigure['of'] {
  return ({ requests }) => {
    if (requests.length === 0) return absent(noAnswers);
    const kept = requests.filter(({ tokens, firstChunkTokens }) => tokens > firstChunkTokens);
    return kept.length === 0 ? absent('every answer came in a single piece, and such requests are dropped') : of(kept);
  };
}
