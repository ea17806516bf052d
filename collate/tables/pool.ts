/** `pool.csv`: the figures of a resource pool test, level by level, fault by fault. */

import { cycleFigures, levelFigures, recoveryFigures } from '../../scripts/log/figures/pool-figures.ts';
import { mean } from '../../scripts/statistics/statistics.ts';
import type { PoolLevelRecord, PoolRecoveryRecord, PoolRequestRecord } from '../../scripts/workloads/pool/records.ts';
import type { Run } from '../logs/run.ts';
import { isRow, type Value } from './cells.ts';
import { type PoolRow, poolColumns } from './columns/pool.ts';

export function poolRows(run: Run): PoolRow[] {
  const requests = run.pool.filter((record) => record.type === 'pool_request');
  const rows: Array<Partial<PoolRow>> = [];
  for (const record of run.pool) {
    if (record.type === 'pool_level') rows.push(levelRow(record, requests));
    if (record.type === 'pool_recovery') rows.push(recoveryRow(record, requests));
  }
  const cycles = cyclesRow(run);
  if (cycles !== null) rows.push(cycles);
  const facts = factsOf(run);
  return rows.map((row) => whole({ ...facts, ...row }));
}

/** What a row of its kind does not have is null. */
function whole(part: Partial<PoolRow>): PoolRow {
  const row: Record<string, Value> = Object.fromEntries(poolColumns.map(({ name }) => [name, part[name] ?? null]));
  if (!isRow(row, poolColumns)) throw new Error('a row of a resource pool test does not fit its columns');
  return row;
}

function factsOf({ header, effective }: Run): Partial<PoolRow> {
  const { model, host, framework } = header;
  return {
    uuid: header.uuid,
    framework: framework.name,
    framework_version: framework.version,
    platform: host.platform,
    release: host.release,
    device: effective?.device ?? null,
    username: host.username,
    hostname: host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    model: model.name,
    model_sha256: model.sha256,
    seed: header.seed,
  };
}

function levelRow(level: PoolLevelRecord, requests: readonly PoolRequestRecord[]): Partial<PoolRow> {
  const figures = levelFigures(level, requests);
  const { memory } = level;
  return {
    kind: level.kind,
    level: level.level,
    concurrency: level.concurrency,
    engines: level.engines,
    sequences: level.sequences,
    threads: level.threads,
    models: level.models.join(' + '),
    seconds: (level.deadlineNs - level.startNs) / 1e9,
    requests: figures.answered + figures.failed,
    answered: figures.answered,
    failed: figures.failed,
    tokens_per_s: figures.tokensPerSecond,
    worker_tokens_per_s: mean(figures.workerTokensPerSecond),
    worker_tokens_per_s_min: Math.min(...figures.workerTokensPerSecond),
    fairness: figures.fairness,
    ttft_count: figures.ttftMs.count,
    ttft_p50_ms: figures.ttftMs.p50,
    ttft_p95_ms: figures.ttftMs.p95,
    ttft_p99_ms: figures.ttftMs.p99,
    tpot_count: figures.tpotMs.count,
    tpot_p50_ms: figures.tpotMs.p50,
    tpot_p95_ms: figures.tpotMs.p95,
    tpot_p99_ms: figures.tpotMs.p99,
    resident_bytes: memory.residentBytes,
    proportional_bytes: memory.proportionalBytes,
    unique_bytes: memory.uniqueBytes,
    shared_bytes: figures.sharedBytes,
    engine_bytes: memory.engineBytes,
    tokenizer_bytes: memory.tokenizerBytes ?? null,
  };
}

function recoveryRow(record: PoolRecoveryRecord, requests: readonly PoolRequestRecord[]): Partial<PoolRow> {
  const figures = recoveryFigures(record, requests);
  return {
    kind: record.fault,
    concurrency: record.engines * record.sequences,
    engines: record.engines,
    sequences: record.sequences,
    requests: figures.sent,
    answered: figures.answered + figures.repeated,
    repeated: figures.repeated,
    failed: figures.failed,
    lost: figures.lost,
    gone_ms: figures.noticedMs,
    ready_ms: figures.readyMs,
    answered_ms: figures.answeredMs,
    note: record.note,
  };
}

function cyclesRow({ pool }: Run): Partial<PoolRow> | null {
  const cycles = pool.filter((record) => record.type === 'pool_cycle');
  const figures = cycleFigures(cycles);
  const memory = cycles.at(-1)?.loaded;
  if (figures === null || memory === undefined) return null;
  return {
    kind: 'cycles',
    engines: 1,
    sequences: 1,
    resident_bytes: memory.residentBytes,
    proportional_bytes: memory.proportionalBytes,
    unique_bytes: memory.uniqueBytes,
    engine_bytes: memory.engineBytes,
    tokenizer_bytes: memory.tokenizerBytes ?? null,
    cycles: figures.cycles,
    overhead_bytes: figures.overheadBytes,
    growth_bytes: figures.growthBytes,
    growth_per_cycle_bytes: figures.growthPerCycleBytes,
  };
}
