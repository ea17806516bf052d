/** `load.csv`: one row per stage of a load test. Failed and stopped requests are counted, and in no other figure. */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

const ofAnswers = 'of the completed answers';

/** Five columns of one latency; its R-7 quantiles need five samples beyond them. */
const latencyColumns = <const N extends string>(name: N, title: string, formula: string) =>
  [
    column(`${name}_count` as const, 'integer', '', `${title}, count`, `samples behind the percentiles of: ${formula}`),
    column(`${name}_p50_ms` as const, 'number', 'ms', `${title}, median`, formula),
    column(`${name}_p90_ms` as const, 'number', 'ms', `${title}, p90`, 'the same; empty with fewer than 50'),
    column(`${name}_p95_ms` as const, 'number', 'ms', `${title}, p95`, 'the same; empty with fewer than 100'),
    column(`${name}_p99_ms` as const, 'number', 'ms', `${title}, p99`, 'the same; empty with fewer than 500'),
  ] as const;

export const loadColumns = [
  runFacts.uuid,
  runFacts.framework,
  runFacts.frameworkVersion,
  column('server', 'string', '', 'Server', 'address of the server'),
  column('load', 'string', '', 'Load', 'shape of the whole test, as on the command line'),
  column('load_seconds', 'number', 's', 'Stage length', 'how long a stage sends requests, as on the command line'),
  column('request_timeout_s', 'number', 's', 'Request timeout', 'a request that takes longer has failed'),
  column('slo_ttft_ms', 'number', 'ms', 'TTFT limit', 'what an answer must keep to count as goodput'),
  column('slo_tpot_ms', 'number', 'ms', 'TPOT limit', 'the same'),
  column('slo_e2e_ms', 'number', 'ms', 'End-to-end limit', 'the same'),
  column('stage', 'integer', '', 'Stage', 'from 0'),
  column(
    'arrivals',
    'string',
    '',
    'Arrivals',
    'closed: each client asks again when it has its answer; constant and poisson: by the clock',
  ),
  column('clients', 'integer', '', 'Clients', 'closed: how many at a time'),
  column('rate_per_s', 'number', '1/s', 'Arrival rate', 'constant and poisson: requests that come per second'),
  column('seconds', 'number', 's', 'Duration', 'from the start of the stage to its last answer'),
  column('sent', 'integer', '', 'Sent', 'requests; the sum of completed, cancelled and failed'),
  column('completed', 'integer', '', 'Completed', 'answers that came whole'),
  column('cancelled', 'integer', '', 'Stopped', 'because the person stopped the run'),
  column('failed_connection', 'integer', '', 'No connection', 'failed: none, or lost before the answer began'),
  column('failed_timeout', 'integer', '', 'Timed out', 'failed: took longer than the request timeout'),
  column('failed_rate_limited', 'integer', '', 'Rate limited', 'failed: HTTP 429'),
  column('failed_client_error', 'integer', '', 'Refused', 'failed: another HTTP 4xx'),
  column('failed_server_error', 'integer', '', 'Server errors', 'failed: HTTP 5xx'),
  column('failed_broken_stream', 'integer', '', 'Broken streams', 'failed: ended before the end, or with an error'),
  column(
    'failed_aborted',
    'integer',
    '',
    'Aborted',
    'failed: the server ended the answer by itself (finish_reason abort, error, cancelled, content_filter)',
  ),
  column('failed_no_text', 'integer', '', 'Without text', 'failed: tokens are counted, and none came as text'),
  column(
    'failed_rubbish',
    'integer',
    '',
    'Not understood',
    'failed: an answer in another language than this interface',
  ),
  column('requests_per_s', 'number', '1/s', 'Answered', 'completed / duration'),
  column('tokens_per_s', 'number', 'tokens/s', 'Throughput', 'tokens of completed answers / duration'),
  column(
    'goodput_requests_per_s',
    'number',
    '1/s',
    'Goodput',
    'completed answers that keep every limit / duration; empty without limits',
  ),
  column('goodput_share', 'number', '', 'Share kept', 'the same answers / sent'),
  column(
    'concurrency',
    'number',
    '',
    'Concurrency',
    'requests on their way at a time, on average: sum of (end - sent) / duration',
  ),
  ...latencyColumns('ttft', 'Time to first token', `t1 - t0, t0 when it should have been sent, ${ofAnswers}`),
  ...latencyColumns(
    'tpot',
    'Time per output token',
    `(tn - t1) / (n - k), k tokens having come with the first, where the arrivals tell it, ${ofAnswers}`,
  ),
  ...latencyColumns('gap', 'Inter-chunk latency', `gaps between arrivals of text, ${ofAnswers}`),
  column(
    'pieces_are_tokens',
    'boolean',
    '',
    'Pieces are tokens',
    'true: every token came by itself, and the inter-chunk latency is an inter-token latency',
  ),
  ...latencyColumns('e2e', 'End to end', `tn - t0, t0 when it should have been sent, ${ofAnswers}`),
  ...latencyColumns('lag', 'Client lag', 'sent - t0 of all requests: how late the client itself was'),
  column(
    'e2e_drift',
    'number',
    '',
    'Drift',
    'median end to end of the later half of the answers / of the earlier half; empty with fewer than 20',
  ),
  column(
    'saturated',
    'boolean',
    '',
    'Saturated',
    'ramp: less than 5 % more tokens/s than the best stage before, or over 1 % of the requests failed',
  ),
  column('max_tokens', 'integer', 'tokens', 'Token limit', 'limit of generated tokens per answer'),
  runFacts.platform,
  runFacts.release,
  runFacts.username,
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.model,
  runFacts.modelSha256,
  runFacts.synthetic,
  runFacts.seed,
] as const satisfies readonly Column[];

export type LoadRow = RowOf<typeof loadColumns>;
