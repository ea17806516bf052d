import { lineageText } from '../log/lineage.ts';
import { measurementOf } from '../log/measurement.ts';
import type { EndRecord, Header, RunRecord } from '../log/run-log-format.ts';
import { spanMs } from '../log/time-log.ts';
import { describe, latencyPercentiles } from '../statistics/statistics.ts';
import { loadResults } from '../workloads/load/run-figures.ts';
import type { AnswerMetrics } from './figures/metrics.ts';
import { repeatsOf } from './figures/question-score.ts';
import { faultsOf } from './invariants/run-faults.ts';
import { type Run, RunReading, recordsOf } from './run.ts';
import { type RunFigures, type RunRow, runColumns, runFigures } from './runs/runs.ts';
import { rowOf } from './table.ts';

/** What a run leaves: its records, and where they are. */
export interface WrittenRun {
  header: Header;
  logPath: string;
  end: EndRecord;
  records: readonly RunRecord[];
}

/** The run that was just measured, as its log will be read. */
function runOf({ header, logPath, end, records }: WrittenRun): Run {
  const reading = new RunReading(header);
  for (const record of records) reading.add(record);
  const broken = faultsOf(records).length === 0 ? [] : (['broken_invariant'] as const);
  return reading.finish({ outcome: { status: end.status, error: end.error?.message ?? null, broken }, log: logPath });
}

/** What is said of a run; null stands for what other workloads measure, and for what a log that contradicts itself claims. */
export type RunSummary = ReturnType<typeof summarizeRun>;

export function summarizeRun(written: WrittenRun) {
  const { header, logPath, end, records } = written;
  const run = runOf(written);
  const figures = runFigures(run);
  const row = rowOf(runColumns, figures);
  // What says something impossible is in the log, and shown to nobody as a figure.
  const isPossible = run.outcome.broken.length === 0;
  const checkpoints = recordsOf(run, 'checkpoint');
  return {
    uuid: header.uuid,
    hostname: header.host.hostname,
    status: end.status,
    error: end.error ?? null,
    log: logPath,
    /** Its place among interleaved runs; null for one that was started by itself. */
    session: header.session === undefined ? null : { uuid: header.session.uuid, iteration: header.session.iteration },
    framework: header.framework.name,
    frameworkVersion: header.framework.version,
    model: header.model.name,
    source: {
      sha256: header.model.sha256,
      rootSha256: header.model.lineage?.root.sha256 ?? null,
      lineage: header.model.lineage === undefined ? null : lineageText(header.model.lineage) || null,
    },
    synthetic: header.model.synthetic,
    size: header.model.size,
    quantization: header.model.quantization,
    bitsPerWeight: header.model.effectiveBitsPerWeight,
    workload: header.workload,
    device: row.device,
    deviceName: row.device_name,
    comparable: row.comparable === true,
    settings: run.effective?.settings ?? null,
    /** Every field that decides what was measured. */
    measurement: measurementOf(header, run.effective),
    /** Over the measured answers. */
    answers: isPossible ? answersOf(run, figures, row) : null,
    /** Rounds that were measured, and how long they decoded, repeated tg, or made vectors. */
    measured: isPossible ? measuredOf(records, row.measured_work_ms) : null,
    /** Each that took place; none in older runs. */
    warmUps: recordsOf(run, 'warm_up'),
    kernel: isPossible ? kernelOf(figures) : null,
    embedding: isPossible ? embeddingOf(figures) : null,
    /** Stage by stage. */
    load: isPossible ? loadResults(header, records) : null,
    spansMs: {
      engineStart: spanMs(checkpoints, 'engine_start'),
      frameworkImport: spanMs(checkpoints, 'framework_import'),
      tokenizerLoad: spanMs(checkpoints, 'tokenizer_load'),
      modelLoad: spanMs(checkpoints, 'model_load'),
      jitCompilation: spanMs(checkpoints, 'jit_compilation'),
      kernelSearch: spanMs(checkpoints, 'kernel_search'),
      warmUp: spanMs(checkpoints, 'warmup'),
    },
    totals: isPossible
      ? figures.totals
      : { iterations: null, totalTimeMs: null, minTokenTimeMs: null, peakTokensPerSecond: null },
    memory: figures.memory,
    /** Null where the machine was not watched, and where nothing was measured. */
    certificate: figures.quality.certificate,
    /** Null without a meter. */
    energy: isPossible ? figures.energy : null,
    warnings: recordsOf(run, 'warning').map(({ code, message }) => ({ code, message })),
  };
}

function measuredOf(records: readonly RunRecord[], workMs: number | null) {
  if (workMs === null) return null;
  const last = records.findLast((record) => 'phase' in record && 'round' in record && record.phase === 'measured');
  return { rounds: last !== undefined && 'round' in last ? last.round + 1 : 1, workMs };
}

function answersOf(run: Run, { measured, latencies, rates, score }: RunFigures, row: RunRow) {
  if (measured.length === 0) return null;
  const repeats = repeatsOf(measured, run.header.requested.temperature);
  const valuesOf = (pick: (metrics: AnswerMetrics) => number | null) =>
    latencies.map(pick).filter((value) => value !== null);
  const [ttftMs, e2eMs] = [valuesOf((each) => each.ttftMs), valuesOf((each) => each.e2eMs)];
  const gapsMs = run.arrivalGapsNs.map((gapNs) => gapNs / 1e6);
  return {
    count: measured.length,
    correct: row.correct,
    judged: row.judged ?? 0,
    /** By question: repeats of a question are no further samples. Null where nothing is known of any answer. */
    score,
    promptTokens: row.prompt_tokens ?? 0,
    generatedTokens: row.generated_tokens ?? 0,
    ttftMs: describe(ttftMs),
    /** Equal for equal answers, in any order. */
    outputSha256: row.output_sha256,
    coldTtftMs: row.ttft_cold_ms,
    tpotMs: describe(valuesOf((each) => each.tpotMs)),
    decodeTokensPerSecond: describe(valuesOf((each) => each.decodeTokensPerSecond)),
    prefillTokensPerSecond: describe(valuesOf((each) => each.prefillTokensPerSecond)),
    prefillIsLowerBound: rates.prefillIsLowerBound,
    e2eMs: describe(e2eMs),
    /** With the number of samples behind them; a single one is null with fewer than five beyond it. */
    percentiles: {
      ttftMs: latencyPercentiles(ttftMs, repeats),
      /** Gaps between tokens; where several came at once, between arrivals. */
      itlMs: latencyPercentiles(gapsMs, repeats),
      itlIsInterChunk: measured.some(({ tokens, arrivals = tokens }) => arrivals < tokens),
      e2eMs: latencyPercentiles(e2eMs, repeats),
    },
    /** Total tokens / total time. */
    totals: rates,
    paramThroughputGbPerSecond: rates.decodeTokensPerSecond === null ? null : row.param_throughput_gb_s,
    memoryThroughputGbPerSecond: rates.decodeTokensPerSecond === null ? null : row.memory_throughput_gb_s,
  };
}

function embeddingOf({ embedding }: RunFigures) {
  if (embedding === null) return null;
  const { batchMs, ...others } = embedding;
  // The percentiles come with the number of batches behind them.
  return { ...others, batchMs: describe(batchMs), percentiles: latencyPercentiles(batchMs) };
}

/** Tokens per second over the measured repetitions. */
function kernelOf({ kernel }: RunFigures) {
  const { pp, tg, choosesToken } = kernel;
  if (pp === null && tg === null) return null;
  return {
    pp: describe(pp?.rates ?? []),
    tg: describe(tg?.rates ?? []),
    nPrompt: pp?.tokens ?? 0,
    nGen: tg?.tokens ?? 0,
    depth: pp?.depth ?? tg?.depth ?? 0,
    /** Each step also chose a token, which llama-bench's does not. */
    choosesToken: choosesToken === true,
  };
}
