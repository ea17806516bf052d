/** `load.csv`: a row per stage of a load test. Failed and stopped requests are counted, and in no other figure. */
import { numberSetting, textSetting, wholeSetting } from '../../log/record-fields.ts';
import type { Run } from '../../results/run.ts';
import { type OfRun, runFacts } from '../../results/run-facts.ts';
import { columnsOf, type RowOf, table } from '../../results/table.ts';
import type { LatencyPercentiles } from '../../statistics/statistics.ts';
import type { StageFigures } from './figures.ts';
import type { LoadStageRecord } from './records.ts';
import { isRamp, isSaturated } from './run-figures.ts';

interface OfStage extends OfRun {
  stage: LoadStageRecord;
  figures: StageFigures;
  /** Figures of the stages before it. */
  before: readonly StageFigures[];
}

const { text, whole, number, flag } = columnsOf<OfStage>();

const ofAnswers = 'of the completed answers';

/** Five columns of one latency; its R-7 quantiles need five samples beyond them. */
const latencyColumns = <const N extends string>(
  name: N,
  title: string,
  formula: string,
  of: (figures: StageFigures) => LatencyPercentiles,
) =>
  [
    whole(`${name}_count`, '', `${title}, count`, `samples behind the percentiles of: ${formula}`).of(
      ({ figures }) => of(figures).count,
    ),
    number(`${name}_p50_ms`, 'ms', `${title}, median`, formula).of(({ figures }) => of(figures).p50),
    number(`${name}_p90_ms`, 'ms', `${title}, p90`, 'the same; empty with fewer than 50').of(
      ({ figures }) => of(figures).p90,
    ),
    number(`${name}_p95_ms`, 'ms', `${title}, p95`, 'the same; empty with fewer than 100').of(
      ({ figures }) => of(figures).p95,
    ),
    number(`${name}_p99_ms`, 'ms', `${title}, p99`, 'the same; empty with fewer than 500').of(
      ({ figures }) => of(figures).p99,
    ),
  ] as const;

const loadColumns = [
  runFacts.uuid,
  runFacts.framework,
  runFacts.frameworkVersion,
  text('server', 'Server', 'address of the server').of(({ run }) => run.effective?.deviceName),
  text('load', 'Load', 'shape of the whole test, as on the command line').of(({ run }) =>
    textSetting(run.header.requested, 'load'),
  ),
  number('load_seconds', 's', 'Stage length', 'how long a stage sends requests, as on the command line').of(({ run }) =>
    numberSetting(run.header.requested, 'loadSeconds'),
  ),
  number('request_timeout_s', 's', 'Request timeout', 'a request that takes longer has failed').of(({ run }) =>
    numberSetting(run.header.requested, 'requestTimeoutSeconds'),
  ),
  number('slo_ttft_ms', 'ms', 'TTFT limit', 'what an answer must keep to count as goodput').of(({ run }) =>
    numberSetting(run.header.requested, 'sloTtftMs'),
  ),
  number('slo_tpot_ms', 'ms', 'TPOT limit', 'the same').of(({ run }) =>
    numberSetting(run.header.requested, 'sloTpotMs'),
  ),
  number('slo_e2e_ms', 'ms', 'End-to-end limit', 'the same').of(({ run }) =>
    numberSetting(run.header.requested, 'sloE2eMs'),
  ),
  whole('stage', '', 'Stage', 'from 0').of(({ stage }) => stage.stage),
  text(
    'arrivals',
    'Arrivals',
    'closed: each client asks again when it has its answer; constant and poisson: by the clock',
  ).of(({ stage }) => (stage.shape.kind === 'closed' ? 'closed' : stage.shape.arrivals)),
  whole('clients', '', 'Clients', 'closed: how many at a time').of(({ stage }) =>
    stage.shape.kind === 'closed' ? stage.shape.clients : null,
  ),
  number('rate_per_s', '1/s', 'Arrival rate', 'constant and poisson: requests that come per second').of(({ stage }) =>
    stage.shape.kind === 'closed' ? null : stage.shape.perSecond,
  ),
  number('seconds', 's', 'Duration', 'from the start of the stage to its last answer').of(
    ({ figures }) => figures.seconds,
  ),
  whole('sent', '', 'Sent', 'requests; the sum of completed, cancelled and failed').of(({ figures }) => figures.sent),
  whole('completed', '', 'Completed', 'answers that came whole').of(({ figures }) => figures.completed),
  whole('cancelled', '', 'Stopped', 'because the person stopped the run').of(({ figures }) => figures.cancelled),
  whole('failed_connection', '', 'No connection', 'failed: none, or lost before the answer began').of(
    ({ figures }) => figures.failures.connection ?? 0,
  ),
  whole('failed_timeout', '', 'Timed out', 'failed: took longer than the request timeout').of(
    ({ figures }) => figures.failures.timeout ?? 0,
  ),
  whole('failed_rate_limited', '', 'Rate limited', 'failed: HTTP 429').of(
    ({ figures }) => figures.failures.rate_limited ?? 0,
  ),
  whole('failed_client_error', '', 'Refused', 'failed: another HTTP 4xx').of(
    ({ figures }) => figures.failures.client_error ?? 0,
  ),
  whole('failed_server_error', '', 'Server errors', 'failed: HTTP 5xx').of(
    ({ figures }) => figures.failures.server_error ?? 0,
  ),
  whole('failed_broken_stream', '', 'Broken streams', 'failed: ended before the end, or with an error').of(
    ({ figures }) => figures.failures.broken_stream ?? 0,
  ),
  whole(
    'failed_aborted',
    '',
    'Aborted',
    'failed: the server ended the answer by itself (finish_reason abort, error, cancelled, content_filter)',
  ).of(({ figures }) => figures.failures.aborted ?? 0),
  whole('failed_no_text', '', 'Without text', 'failed: tokens are counted, and none came as text').of(
    ({ figures }) => figures.failures.no_text ?? 0,
  ),
  whole('failed_rubbish', '', 'Not understood', 'failed: an answer in another language than this interface').of(
    ({ figures }) => figures.failures.rubbish ?? 0,
  ),
  number('requests_per_s', '1/s', 'Answered', 'completed / duration').of(({ figures }) =>
    finite(figures.requestsPerSecond),
  ),
  number('tokens_per_s', 'tokens/s', 'Throughput', 'tokens of completed answers / duration').of(({ figures }) =>
    finite(figures.tokensPerSecond),
  ),
  number(
    'goodput_requests_per_s',
    '1/s',
    'Goodput',
    'completed answers that keep every limit / duration; empty without limits',
  ).of(({ figures }) => (figures.goodput === null ? null : finite(figures.goodput.requestsPerSecond))),
  number('goodput_share', '', 'Share kept', 'the same answers / sent').of(({ figures }) => figures.goodput?.share),
  number(
    'concurrency',
    '',
    'Concurrency',
    'requests on their way at a time, on average: sum of (end - sent) / duration',
  ).of(({ figures }) => finite(figures.concurrency)),
  ...latencyColumns(
    'ttft',
    'Time to first token',
    `t1 - t0, t0 when it should have been sent, ${ofAnswers}`,
    (figures) => figures.ttftMs,
  ),
  ...latencyColumns(
    'tpot',
    'Time per output token',
    `(tn - t1) / (n - k), k tokens having come with the first, where the arrivals tell it, ${ofAnswers}`,
    (figures) => figures.tpotMs,
  ),
  ...latencyColumns(
    'gap',
    'Inter-chunk latency',
    `gaps between arrivals of text, ${ofAnswers}`,
    (figures) => figures.gapMs,
  ),
  flag(
    'pieces_are_tokens',
    'Pieces are tokens',
    'true: every token came by itself, and the inter-chunk latency is an inter-token latency',
  ).of(({ figures }) => figures.piecesAreTokens),
  ...latencyColumns(
    'e2e',
    'End to end',
    `tn - t0, t0 when it should have been sent, ${ofAnswers}`,
    (figures) => figures.e2eMs,
  ),
  ...latencyColumns(
    'lag',
    'Client lag',
    'sent - t0 of all requests: how late the client itself was',
    (figures) => figures.lagMs,
  ),
  number(
    'e2e_drift',
    '',
    'Drift',
    'median end to end of the later half of the answers / of the earlier half; empty with fewer than 20',
  ).of(({ figures }) => (figures.e2eDrift === null ? null : finite(figures.e2eDrift))),
  flag(
    'saturated',
    'Saturated',
    'ramp: less than 5 % more tokens/s than the best stage before, or over 1 % of the requests failed',
  ).of(({ run, figures, before }) => (isRamp(run.header) ? isSaturated(figures, before) : null)),
  whole('max_tokens', 'tokens', 'Token limit', 'limit of generated tokens per answer').of(({ run }) =>
    wholeSetting(run.header.requested, 'maxTokens'),
  ),
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
] as const;

export type LoadRow = RowOf<typeof loadColumns>;

export const loadTable = table({
  name: 'load',
  file: 'load.csv',
  rowIs: 'a row per stage of a load test',
  columns: loadColumns,
  of: (run: Run): OfStage[] =>
    run.stages.map(({ stage, figures }, place) => ({
      run,
      stage,
      figures,
      before: run.stages.slice(0, place).map((each) => each.figures),
    })),
});

/** A broken log may claim that its stage took no time. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
