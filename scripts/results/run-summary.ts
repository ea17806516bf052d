/** What is said of one run, in the terminal and as JSON: the figures of its row, with the distributions behind them. */
import type { MemoryFigures } from '../log/figures/memory-figures.ts';
import { lineageText, type SourceFacts } from '../log/lineage.ts';
import { type Measurement, measurementOf } from '../log/measurement.ts';
import type { CertificateRecord } from '../log/records/certificate-records.ts';
import { spanMs } from '../log/run-log.ts';
import type { Effective, EndRecord, Header, RunRecord, WarmUpRecord } from '../log/run-log-format.ts';
import { describe, type LatencyPercentiles, latencyPercentiles, type Summary } from '../statistics/statistics.ts';
import type { EmbeddingFigures } from '../workloads/embedding/tables.ts';
import { type LoadResults, loadResults } from '../workloads/load/run-figures.ts';
import type { EnergyFigures } from './figures/energy.ts';
import type { AnswerMetrics, RunRates } from './figures/metrics.ts';
import { type QuestionScore, repeatsOf } from './figures/question-score.ts';
import type { RunTotals } from './figures/run-totals.ts';
import { faultsOf } from './invariants/run-faults.ts';
import { type Run, RunReading, recordsOf } from './run.ts';
import { type RunFigures, type RunRow, runColumns, runFigures } from './runs/runs.ts';
import { rowOf } from './table.ts';

export interface RunSummary {
  uuid: string;
  hostname: string;
  status: string;
  error: { message: string; remedy?: string | undefined } | null;
  log: string;
  /** Its place among interleaved runs; null for one that was started by itself. */
  session: { uuid: string; iteration: number } | null;
  framework: string;
  frameworkVersion: string;
  model: string;
  /** Absent where a run was not made of a log. */
  source?: SourceFacts;
  synthetic: boolean;
  size: string;
  quantization: { asked: string; got: string; weightClass: string; note?: string | undefined };
  bitsPerWeight: number;
  workload: string;
  device: string | null;
  deviceName: string | null;
  comparable: boolean;
  settings: Effective['settings'] | null;
  /** Every field that decides what was measured. */
  measurement: Measurement;
  /** Over the measured answers. */
  answers: {
    count: number;
    correct: number | null;
    judged: number;
    /** By question: repeats of a question are no further samples. Null where nothing is known of any answer. */
    score: QuestionScore | null;
    promptTokens: number;
    generatedTokens: number;
    ttftMs: Summary | null;
    coldTtftMs: number | null;
    /** Equal for equal answers, whatever their order. */
    outputSha256: string | null;
    tpotMs: Summary | null;
    decodeTokensPerSecond: Summary | null;
    prefillTokensPerSecond: Summary | null;
    prefillIsLowerBound: boolean;
    e2eMs: Summary | null;
    /** With the number of samples behind them; a single one is null with fewer than five beyond it. */
    percentiles: {
      ttftMs: LatencyPercentiles | null;
      /** Gaps between tokens; where several came at once, between arrivals. */
      itlMs: LatencyPercentiles | null;
      itlIsInterChunk: boolean;
      e2eMs: LatencyPercentiles | null;
    };
    /** Total tokens / total time. */
    totals: RunRates;
    paramThroughputGbPerSecond: number | null;
    memoryThroughputGbPerSecond: number | null;
  } | null;
  /** Rounds of the questions that were measured, and how long they decoded, repeated tg, or made vectors. */
  measured: { rounds: number; workMs: number } | null;
  /** Each that took place; none in runs of before. */
  warmUps: WarmUpRecord[];
  /** Tokens per second over the measured repetitions. */
  kernel: {
    pp: Summary | null;
    tg: Summary | null;
    nPrompt: number;
    nGen: number;
    depth: number;
    /** Each step also chose a token, which llama-bench's does not. */
    choosesToken: boolean;
  } | null;
  /** Null for other workloads. */
  embedding: EmbeddingSummary | null;
  /** Stage by stage; null for other workloads. */
  load: LoadResults | null;
  spansMs: Record<
    'engineStart' | 'frameworkImport' | 'tokenizerLoad' | 'modelLoad' | 'jitCompilation' | 'warmUp',
    number | null
  >;
  totals: RunTotals;
  memory: MemoryFigures;
  /** Null where the machine was not watched, and where nothing was measured. */
  certificate: CertificateRecord | null;
  /** Null without a meter. */
  energy: EnergyFigures | null;
  warnings: Array<{ code: string; message: string }>;
}

interface EmbeddingSummary extends Omit<EmbeddingFigures, 'batchMs'> {
  batchMs: Summary | null;
  /** With the number of batches behind them. */
  percentiles: LatencyPercentiles | null;
}

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

export function summarizeRun(written: WrittenRun): RunSummary {
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
    measurement: measurementOf(header, run.effective),
    answers: isPossible ? answersOf(run, figures, row) : null,
    measured: isPossible ? measuredOf(records, row.measured_work_ms) : null,
    warmUps: recordsOf(run, 'warm_up'),
    kernel: isPossible ? kernelOf(figures) : null,
    embedding: isPossible ? embeddingOf(figures) : null,
    load: isPossible ? loadResults(header, records) : null,
    spansMs: {
      engineStart: spanMs(checkpoints, 'engine_start'),
      frameworkImport: spanMs(checkpoints, 'framework_import'),
      tokenizerLoad: spanMs(checkpoints, 'tokenizer_load'),
      modelLoad: spanMs(checkpoints, 'model_load'),
      jitCompilation: spanMs(checkpoints, 'jit_compilation'),
      warmUp: spanMs(checkpoints, 'warmup'),
    },
    totals: isPossible
      ? figures.totals
      : { iterations: null, totalTimeMs: null, minTokenTimeMs: null, peakTokensPerSecond: null },
    memory: figures.memory,
    certificate: figures.quality.certificate,
    energy: isPossible ? figures.energy : null,
    warnings: recordsOf(run, 'warning').map(({ code, message }) => ({ code, message })),
  };
}

function measuredOf(records: readonly RunRecord[], workMs: number | null): RunSummary['measured'] {
  if (workMs === null) return null;
  const last = records.findLast((record) => 'phase' in record && 'round' in record && record.phase === 'measured');
  return { rounds: last !== undefined && 'round' in last ? last.round + 1 : 1, workMs };
}

function answersOf(run: Run, { measured, latencies, rates, score }: RunFigures, row: RunRow): RunSummary['answers'] {
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
    score,
    promptTokens: row.prompt_tokens ?? 0,
    generatedTokens: row.generated_tokens ?? 0,
    ttftMs: describe(ttftMs),
    outputSha256: row.output_sha256,
    coldTtftMs: row.ttft_cold_ms,
    tpotMs: describe(valuesOf((each) => each.tpotMs)),
    decodeTokensPerSecond: describe(valuesOf((each) => each.decodeTokensPerSecond)),
    prefillTokensPerSecond: describe(valuesOf((each) => each.prefillTokensPerSecond)),
    prefillIsLowerBound: rates.prefillIsLowerBound,
    e2eMs: describe(e2eMs),
    percentiles: {
      ttftMs: latencyPercentiles(ttftMs, repeats),
      itlMs: latencyPercentiles(gapsMs, repeats),
      itlIsInterChunk: measured.some(({ tokens, arrivals = tokens }) => arrivals < tokens),
      e2eMs: latencyPercentiles(e2eMs, repeats),
    },
    totals: rates,
    paramThroughputGbPerSecond: rates.decodeTokensPerSecond === null ? null : row.param_throughput_gb_s,
    memoryThroughputGbPerSecond: rates.decodeTokensPerSecond === null ? null : row.memory_throughput_gb_s,
  };
}

function embeddingOf({ embedding }: RunFigures): EmbeddingSummary | null {
  if (embedding === null) return null;
  const { batchMs, ...others } = embedding;
  return { ...others, batchMs: describe(batchMs), percentiles: latencyPercentiles(batchMs) };
}

function kernelOf({ kernel }: RunFigures): RunSummary['kernel'] {
  const { pp, tg, choosesToken } = kernel;
  if (pp === null && tg === null) return null;
  return {
    pp: describe(pp?.rates ?? []),
    tg: describe(tg?.rates ?? []),
    nPrompt: pp?.tokens ?? 0,
    nGen: tg?.tokens ?? 0,
    depth: pp?.depth ?? tg?.depth ?? 0,
    choosesToken: choosesToken === true,
  };
}
