/** Stages of load tests as collate/ would write them: a server that gives 400 tokens/s a client, up to four of them. */

import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { type LoadRow, loadTable } from '../../scripts/workloads/load/tables.ts';
import { completedRun } from './row-factory.ts';

const nothing: Record<string, null> = Object.fromEntries(loadTable.columns.map(({ name }) => [name, null]));
if (!isRow(nothing, loadTable.columns)) throw new Error('a row without figures is a row');
const empty: LoadRow = nothing;

const tokensPerAnswer = 40;
const places = 4;

/** Of a ramp with 1, 2, 4 and 8 clients, 600 answers each. */
export function rampRows(overrides: Partial<LoadRow> = {}): LoadRow[] {
  return [1, 2, 4, 8].map((clients, stage) =>
    stageRow({ load: 'ramp=8', stage, arrivals: 'closed', clients, saturated: clients > places, ...overrides }),
  );
}

/** Of tests at rates below and above what the server can answer. */
export function rateRows(arrivals: 'constant' | 'poisson', overrides: Partial<LoadRow> = {}): LoadRow[] {
  return [5, 20, 80].map((rate, i) =>
    stageRow({
      uuid: `${arrivals}-${i}`,
      load: `${arrivals}=${rate}`,
      arrivals,
      rate_per_s: rate,
      e2e_drift: rate > 40 ? 3 : 1,
      ...overrides,
    }),
  );
}

export function stageRow(overrides: Partial<LoadRow>): LoadRow {
  const { clients = null, rate_per_s: rate = null } = overrides;
  const asked = clients === null ? (rate ?? 1) * tokensPerAnswer : clients * 400;
  const tokens = Math.min(asked, places * 400);
  const waitMs = clients === null ? (asked > tokens ? 8000 : 12) : Math.max(0, clients - places) * 100 + 15;
  const perSecond = tokens / tokensPerAnswer;
  return {
    ...empty,
    uuid: 'ramp',
    framework: 'openai',
    framework_version: 'llama-server b5092',
    server: '127.0.0.1:8080',
    load_seconds: 30,
    request_timeout_s: 120,
    slo_ttft_ms: 500,
    stage: 0,
    seconds: 30,
    sent: 600,
    completed: 600,
    cancelled: 0,
    failed_connection: 0,
    failed_timeout: 0,
    failed_rate_limited: 0,
    failed_client_error: 0,
    failed_server_error: 0,
    failed_broken_stream: 0,
    failed_aborted: 0,
    failed_no_text: 0,
    failed_rubbish: 0,
    requests_per_s: perSecond,
    tokens_per_s: tokens,
    goodput_requests_per_s: waitMs > 500 ? 0 : perSecond,
    goodput_share: waitMs > 500 ? 0 : 1,
    concurrency: clients ?? perSecond * 0.1,
    ttft_count: 600,
    ttft_p50_ms: waitMs,
    ttft_p90_ms: waitMs * 1.5,
    ttft_p95_ms: waitMs * 2,
    ttft_p99_ms: waitMs * 3,
    tpot_count: 600,
    tpot_p50_ms: 2.4,
    tpot_p90_ms: 2.9,
    tpot_p95_ms: 3.3,
    tpot_p99_ms: 4.2,
    gap_count: 23_400,
    gap_p50_ms: 2.4,
    gap_p99_ms: 9,
    pieces_are_tokens: true,
    e2e_count: 600,
    e2e_p50_ms: waitMs + 95,
    e2e_p99_ms: waitMs * 3 + 130,
    lag_count: 600,
    lag_p99_ms: 0.4,
    max_tokens: 64,
    hostname: 'box-1',
    size: '135M',
    quantize: 'Q8_0',
    weight_class: '8-bit',
    model: 'smollm2-135m',
    synthetic: false,
    seed: 1,
    ...overrides,
  };
}

/** The runs that these stages are of. */
export function loadRuns(rows: readonly LoadRow[]): RunRow[] {
  return [...new Set(rows.map(({ uuid }) => uuid))].map((uuid) =>
    completedRun({
      uuid,
      workload: 'load',
      framework: 'openai',
      device: 'server',
      device_name: '127.0.0.1:8080',
      answers: 0,
      ttft_ms: null,
      tpot_ms: null,
      decode_tokens_per_s: null,
      prefill_tokens_per_s: null,
      itl_count: 0,
      output_sha256: null,
    }),
  );
}
