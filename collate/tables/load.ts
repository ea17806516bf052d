/** `load.csv`: a row per stage of a load test. */
import { isRamp, isSaturated } from '../../scripts/workloads/load/figures.ts';
import type { Run } from '../logs/run.ts';
import type { LoadRow } from './columns/load.ts';
import { numberSetting, textSetting, wholeSetting } from './settings.ts';

export function loadRows(run: Run): LoadRow[] {
  return run.load.map((_, place) => loadRow(run, place)).filter((row) => row !== null);
}

function loadRow({ header, effective, load }: Run, place: number): LoadRow | null {
  const measured = load[place];
  if (measured === undefined) return null;
  const { stage, figures } = measured;
  const { shape } = stage;
  const { requested, model, host } = header;
  const { failures, ttftMs, tpotMs, gapMs, e2eMs, lagMs, goodput } = figures;
  const before = load.slice(0, place).map((each) => each.figures);
  return {
    uuid: header.uuid,
    framework: header.framework.name,
    framework_version: header.framework.version,
    server: effective?.deviceName ?? null,
    load: textSetting(requested, 'load'),
    load_seconds: numberSetting(requested, 'loadSeconds'),
    request_timeout_s: numberSetting(requested, 'requestTimeoutSeconds'),
    slo_ttft_ms: numberSetting(requested, 'sloTtftMs'),
    slo_tpot_ms: numberSetting(requested, 'sloTpotMs'),
    slo_e2e_ms: numberSetting(requested, 'sloE2eMs'),
    stage: stage.stage,
    arrivals: shape.kind === 'closed' ? 'closed' : shape.arrivals,
    clients: shape.kind === 'closed' ? shape.clients : null,
    rate_per_s: shape.kind === 'closed' ? null : shape.perSecond,
    seconds: figures.seconds,
    sent: figures.sent,
    completed: figures.completed,
    cancelled: figures.cancelled,
    failed_connection: failures.connection ?? 0,
    failed_timeout: failures.timeout ?? 0,
    failed_rate_limited: failures.rate_limited ?? 0,
    failed_client_error: failures.client_error ?? 0,
    failed_server_error: failures.server_error ?? 0,
    failed_broken_stream: failures.broken_stream ?? 0,
    failed_aborted: failures.aborted ?? 0,
    failed_no_text: failures.no_text ?? 0,
    failed_rubbish: failures.rubbish ?? 0,
    requests_per_s: finite(figures.requestsPerSecond),
    tokens_per_s: finite(figures.tokensPerSecond),
    goodput_requests_per_s: goodput === null ? null : finite(goodput.requestsPerSecond),
    goodput_share: goodput?.share ?? null,
    concurrency: finite(figures.concurrency),
    ttft_count: ttftMs.count,
    ttft_p50_ms: ttftMs.p50,
    ttft_p90_ms: ttftMs.p90,
    ttft_p95_ms: ttftMs.p95,
    ttft_p99_ms: ttftMs.p99,
    tpot_count: tpotMs.count,
    tpot_p50_ms: tpotMs.p50,
    tpot_p90_ms: tpotMs.p90,
    tpot_p95_ms: tpotMs.p95,
    tpot_p99_ms: tpotMs.p99,
    gap_count: gapMs.count,
    gap_p50_ms: gapMs.p50,
    gap_p90_ms: gapMs.p90,
    gap_p95_ms: gapMs.p95,
    gap_p99_ms: gapMs.p99,
    pieces_are_tokens: figures.piecesAreTokens,
    e2e_count: e2eMs.count,
    e2e_p50_ms: e2eMs.p50,
    e2e_p90_ms: e2eMs.p90,
    e2e_p95_ms: e2eMs.p95,
    e2e_p99_ms: e2eMs.p99,
    lag_count: lagMs.count,
    lag_p50_ms: lagMs.p50,
    lag_p90_ms: lagMs.p90,
    lag_p95_ms: lagMs.p95,
    lag_p99_ms: lagMs.p99,
    e2e_drift: figures.e2eDrift === null ? null : finite(figures.e2eDrift),
    saturated: isRamp(header) ? isSaturated(figures, before) : null,
    max_tokens: wholeSetting(requested, 'maxTokens'),
    platform: host.platform,
    release: host.release,
    username: host.username,
    hostname: host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    model: model.name,
    model_sha256: model.sha256,
    synthetic: model.synthetic,
    seed: header.seed,
  };
}

/** A broken log may claim that its stage took no time. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
