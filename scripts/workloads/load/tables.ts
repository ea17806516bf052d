/** `load.csv`: a row per stage of a load test. Failed and stopped requests are counted, and in no other figure. */
import { numberSetting, textSetting, wholeSetting } from '../../log/record-fields.ts';
import type { Run } from '../../results/run.ts';
import { facts, type OfRun } from '../../results/run-facts.ts';
import { columnsOf, columnsOfPart, type RowOf, table } from '../../results/table.ts';
import type { LatencyPercentiles } from '../../statistics/statistics.ts';
import type { StageFigures } from './figures.ts';
import type { FailureKind, LoadStageRecord } from './records.ts';
import { isRamp, isSaturated } from './run-figures.ts';

interface OfStage extends OfRun {
  stage: LoadStageRecord;
  figures: StageFigures;
  /** Figures of the stages before it. */
  before: readonly StageFigures[];
}

const ofStage = columnsOf<OfStage>();
const { whole, number, flag } = columnsOfPart(({ figures }: OfStage) => figures);
const requested = columnsOfPart(({ run }: OfStage) => run.header.requested);
const closed = columnsOfPart(({ stage: { shape } }: OfStage) => (shape.kind === 'closed' ? shape : null));
const open = columnsOfPart(({ stage: { shape } }: OfStage) => (shape.kind === 'open' ? shape : null));

const failed = <const K extends FailureKind>(kind: K, title: string, meaning: string) =>
  whole(`failed_${kind}`, '', title, `failed: ${meaning}`).of(({ failures }) => failures[kind] ?? 0);

const limit = <const N extends string>(name: N, title: string, setting: string, meaning: string) =>
  requested.number(name, 'ms', title, meaning).of((settings) => numberSetting(settings, setting));

/**
 * Columns of one latency: its count, and R-7 quantiles that need five samples beyond them.
 * @param of the percentiles; null in a row that has none
 */
export function latencyColumns<Source, const N extends string>(
  name: N,
  title: string,
  formula: string,
  of: (source: Source) => LatencyPercentiles | null | undefined,
) {
  const { whole, number } = columnsOfPart(of);
  return {
    count: whole(`${name}_count`, '', `${title}, count`, `samples behind the percentiles of: ${formula}`).at('count'),
    p50: number(`${name}_p50_ms`, 'ms', `${title}, median`, formula).at('p50'),
    p90: number(`${name}_p90_ms`, 'ms', `${title}, p90`, 'the same; empty with fewer than 50').at('p90'),
    p95: number(`${name}_p95_ms`, 'ms', `${title}, p95`, 'the same; empty with fewer than 100').at('p95'),
    p99: number(`${name}_p99_ms`, 'ms', `${title}, p99`, 'the same; empty with fewer than 500').at('p99'),
  };
}

const latency = <const N extends string>(
  name: N,
  title: string,
  formula: string,
  of: (figures: StageFigures) => LatencyPercentiles,
) => Object.values(latencyColumns(name, title, formula, ({ figures }: OfStage) => of(figures)));

const ofAnswers = 'of the completed answers';
const fromT0 = `t0 when it should have been sent, ${ofAnswers}`;
const tpotFormula = `(tn - t1) / (n - k), k tokens having come with the first, where the arrivals show it, ${ofAnswers}`;
const arrivalsFormula = 'closed: each client asks again when it has its answer; constant and poisson: by the clock';
const abortedFormula = 'the server ended the answer by itself (finish_reason abort, error, cancelled, content_filter)';
const piecesFormula = 'true: every token came by itself, and the inter-chunk latency is an inter-token latency';

const loadColumns = [
  ...facts('uuid', 'framework', 'frameworkVersion'),
  ofStage.text('server', 'Server', 'address of the server').of(({ run }) => run.effective?.deviceName),
  requested
    .text('load', 'Load', 'shape of the whole test, as on the command line')
    .of((settings) => textSetting(settings, 'load')),
  requested
    .number('load_seconds', 's', 'Stage length', 'how long a stage sends requests, as on the command line')
    .of((settings) => numberSetting(settings, 'loadSeconds')),
  requested
    .number('request_timeout_s', 's', 'Request timeout', 'a request that takes longer has failed')
    .of((settings) => numberSetting(settings, 'requestTimeoutSeconds')),
  limit('slo_ttft_ms', 'TTFT limit', 'sloTtftMs', 'what an answer must keep to count as goodput'),
  limit('slo_tpot_ms', 'TPOT limit', 'sloTpotMs', 'the same'),
  limit('slo_e2e_ms', 'End-to-end limit', 'sloE2eMs', 'the same'),
  ofStage.whole('stage', '', 'Stage', 'from 0').of(({ stage }) => stage.stage),
  ofStage
    .text('arrivals', 'Arrivals', arrivalsFormula)
    .of(({ stage: { shape } }) => (shape.kind === 'closed' ? 'closed' : shape.arrivals)),
  closed.whole('clients', '', 'Clients', 'closed: how many at a time').at('clients'),
  open
    .number('rate_per_s', '1/s', 'Arrival rate', 'constant and poisson: requests that come per second')
    .at('perSecond'),
  number('seconds', 's', 'Duration', 'from the start of the stage to its last answer').at('seconds'),
  whole('sent', '', 'Sent', 'requests; the sum of completed, cancelled and failed').at('sent'),
  whole('completed', '', 'Completed', 'answers that came whole').at('completed'),
  whole('cancelled', '', 'Stopped', 'because the person stopped the run').at('cancelled'),
  failed('connection', 'No connection', 'none, or lost before the answer began'),
  failed('timeout', 'Timed out', 'took longer than the request timeout'),
  failed('rate_limited', 'Rate limited', 'HTTP 429'),
  failed('client_error', 'Refused', 'another HTTP 4xx'),
  failed('server_error', 'Server errors', 'HTTP 5xx'),
  failed('broken_stream', 'Broken streams', 'ended before the end, or with an error'),
  failed('aborted', 'Aborted', abortedFormula),
  failed('no_text', 'Without text', 'tokens are counted, and none came as text'),
  failed('rubbish', 'Not understood', 'an answer in another language than this interface'),
  number('requests_per_s', '1/s', 'Answered', 'completed / duration').of((stage) => finite(stage.requestsPerSecond)),
  number('tokens_per_s', 'tokens/s', 'Throughput', 'tokens of completed answers / duration').of((stage) =>
    finite(stage.tokensPerSecond),
  ),
  number(
    'goodput_requests_per_s',
    '1/s',
    'Goodput',
    'completed answers that keep every limit / duration; empty without limits',
  ).of(({ goodput }) => (goodput === null ? null : finite(goodput.requestsPerSecond))),
  number('goodput_share', '', 'Share kept', 'the same answers / sent').of(({ goodput }) => goodput?.share),
  number(
    'concurrency',
    '',
    'Concurrency',
    'requests on their way at a time, on average: sum of (end - sent) / duration',
  ).of((stage) => finite(stage.concurrency)),
  ...latency('ttft', 'Time to first token', `t1 - t0, ${fromT0}`, ({ ttftMs }) => ttftMs),
  ...latency('tpot', 'Time per output token', tpotFormula, ({ tpotMs }) => tpotMs),
  ...latency('gap', 'Inter-chunk latency', `gaps between arrivals of text, ${ofAnswers}`, ({ gapMs }) => gapMs),
  flag('pieces_are_tokens', 'Pieces are tokens', piecesFormula).at('piecesAreTokens'),
  ...latency('e2e', 'End to end', `tn - t0, ${fromT0}`, ({ e2eMs }) => e2eMs),
  ...latency('lag', 'Client lag', 'sent - t0 of all requests: how late the client itself was', ({ lagMs }) => lagMs),
  number(
    'e2e_drift',
    '',
    'Drift',
    'median end to end of the later half of the answers / of the earlier half; empty with fewer than 20',
  ).of(({ e2eDrift }) => (e2eDrift === null ? null : finite(e2eDrift))),
  ofStage
    .flag(
      'saturated',
      'Saturated',
      'ramp: less than 5 % more tokens/s than the best stage before, or over 1 % of the requests failed',
    )
    .of(({ run, figures, before }) => (isRamp(run.header) ? isSaturated(figures, before) : null)),
  requested
    .whole('max_tokens', 'tokens', 'Token limit', 'limit of generated tokens per answer')
    .of((settings) => wholeSetting(settings, 'maxTokens')),
  ...facts('platform', 'release', 'username', 'hostname', 'size', 'quantize', 'weightClass', 'model', 'modelSha256'),
  ...facts('synthetic', 'seed'),
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
