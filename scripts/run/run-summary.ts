/** BenchmarkAnalysis of one run: what its log says, as figures for people and machines. */
import { group } from 'd3-array';
import { arrivalGapsNs, tokenGapsNs } from '../log/figures/arrivals.ts';
import { type EmbeddingFigures, embeddingFigures } from '../log/figures/embedding-metrics.ts';
import { type EnergyFigures, energyFigures } from '../log/figures/energy.ts';
import { type LoadResults, loadResults } from '../log/figures/load-results.ts';
import { measuredWorkNs } from '../log/figures/measured-work.ts';
import { type MemoryFigures, memoryFigures } from '../log/figures/memory-figures.ts';
import {
  answerMetrics,
  cacheBytesPerToken,
  fallbackTokens,
  isHeldBack,
  meanAttendedPositions,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  runRates,
  weightBytesPerToken,
} from '../log/figures/metrics.ts';
import { type RunTotals, runTotals } from '../log/figures/run-totals.ts';
import { faultsOf } from '../log/invariants/run-faults.ts';
import { type Measurement, measurementOf } from '../log/measurement.ts';
import { outputSha256 } from '../log/output-hash.ts';
import { type QuestionScore, questionScore, repeatsOf } from '../log/question-score.ts';
import type { CertificateRecord } from '../log/records/certificate-records.ts';
import type { AnswerRecord, Effective, RunRecord, TokenRecord, WarmUpRecord } from '../log/run-log-format.ts';
import type { SourceFacts } from '../log/source-relation.ts';
import { spanMs } from '../log/time-log.ts';
import { lineageText } from '../models/lineage.ts';
import { describe, type LatencyPercentiles, latencyPercentiles, type Summary } from '../statistics/statistics.ts';
import type { RunOutcome } from './run.ts';

const nsPerMs = 1e6;

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
    totals: ReturnType<typeof runRates>;
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

export function summarizeRun({ header, logPath, end, records }: RunOutcome): RunSummary {
  const of = <T extends RunRecord['type']>(type: T) =>
    records.filter((record): record is Extract<RunRecord, { type: T }> => record.type === type);
  const effective = of('effective').at(-1) ?? null;
  const checkpoints = of('checkpoint');
  const [answers, tokens] = [of('answer'), of('token')];
  // What says something impossible is in the log, and shown to nobody as a figure.
  const isPossible = faultsOf(records).length === 0;
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
    device: effective?.device ?? null,
    deviceName: effective?.deviceName ?? null,
    comparable: (effective?.comparable ?? false) && fallbackTokens(of('statistics').at(-1) ?? null) === 0,
    settings: effective?.settings ?? null,
    measurement: measurementOf(header, effective),
    answers: isPossible ? answersOf(answers, tokens, header, effective ?? null) : null,
    measured: isPossible ? measuredOf(records) : null,
    warmUps: of('warm_up'),
    kernel: isPossible ? kernelOf(of('kernel'), effective?.settings.kernelChoosesToken === true) : null,
    embedding: isPossible ? embeddingOf(of('embedding')) : null,
    load: isPossible ? loadResults(header, records) : null,
    spansMs: {
      engineStart: spanMs(checkpoints, 'engine_start'),
      frameworkImport: spanMs(checkpoints, 'framework_import'),
      tokenizerLoad: spanMs(checkpoints, 'tokenizer_load'),
      modelLoad: spanMs(checkpoints, 'model_load'),
      jitCompilation: spanMs(checkpoints, 'jit_compilation'),
      warmUp: spanMs(checkpoints, 'warmup'),
    },
    totals: runTotals(
      isPossible
        ? {
            answers,
            kernels: of('kernel'),
            embeddings: of('embedding'),
            gapsNs: decodeGapsNs(answers, tokens),
          }
        : { answers: [], kernels: [], embeddings: [], gapsNs: [] },
    ),
    memory: memoryFigures(of('memory')),
    certificate: of('certificate').at(-1) ?? null,
    energy: !isPossible
      ? null
      : energyFigures({
          conditions: of('conditions'),
          measurements: [...of('answer'), ...of('kernel'), ...of('embedding')],
          device: effective?.device ?? null,
          engineStartNs:
            checkpoints.find(({ name, edge }) => name === 'engine_start' && edge === 'start')?.atNs ?? null,
        }),
    warnings: of('warning').map(({ code, message }) => ({ code, message })),
  };
}

function measuredOf(records: readonly RunRecord[]): RunSummary['measured'] {
  const workNs = measuredWorkNs(records);
  if (workNs === null) return null;
  const last = records.findLast((record) => 'phase' in record && 'round' in record && record.phase === 'measured');
  return { rounds: last !== undefined && 'round' in last ? last.round + 1 : 1, workMs: workNs / 1e6 };
}

function answersOf(
  all: readonly AnswerRecord[],
  tokens: readonly TokenRecord[],
  { model, requested }: RunOutcome['header'],
  effective: Effective | null,
) {
  const measured = all.filter((answer) => answer.phase === 'measured');
  if (measured.length === 0) return null;
  const metrics = measured.map(answerMetrics);
  const repeats = repeatsOf(measured, requested.temperature);
  const column = (pick: (metric: (typeof metrics)[number]) => number | null) =>
    describe(metrics.map(pick).filter((value) => value !== null));
  const percentilesOf = (pick: (metric: (typeof metrics)[number]) => number | null) =>
    latencyPercentiles(
      metrics.map(pick).filter((value) => value !== null),
      repeats,
    );
  const totals = runRates(measured);
  const tokensOf = group(tokens, ({ answer }) => answer);
  const gapsNs = measured.flatMap((answer) => arrivalGapsNs(answer, tokensOf.get(answer.answer) ?? []));
  const cold = all.find((answer) => answer.phase === 'cold');
  const judged = measured.filter((answer) => answer.correct !== null);
  const rate = totals.decodeTokensPerSecond;
  const weightBytes = weightBytesPerToken(model, effective);
  return {
    count: measured.length,
    correct: judged.length === 0 ? null : judged.filter((answer) => answer.correct === true).length,
    judged: judged.length,
    score: questionScore(measured),
    promptTokens: measured.reduce((sum, answer) => sum + answer.promptTokens, 0),
    generatedTokens: measured.reduce((sum, answer) => sum + answer.tokens, 0),
    ttftMs: column((metric) => metric.ttftMs),
    outputSha256: outputSha256(
      measured.map(({ answer, questionId, round }) => ({
        questionId,
        round,
        ids: (tokensOf.get(answer) ?? []).map(({ id }) => id),
      })),
    ),
    coldTtftMs: cold === undefined ? null : answerMetrics(cold).ttftMs,
    tpotMs: column((metric) => metric.tpotMs),
    decodeTokensPerSecond: column((metric) => metric.decodeTokensPerSecond),
    prefillTokensPerSecond: column((metric) => metric.prefillTokensPerSecond),
    prefillIsLowerBound: totals.prefillIsLowerBound,
    e2eMs: column((metric) => metric.e2eMs),
    percentiles: {
      ttftMs: percentilesOf((metric) => metric.ttftMs),
      itlMs: latencyPercentiles(
        gapsNs.map((gapNs) => gapNs / nsPerMs),
        repeats,
      ),
      itlIsInterChunk: measured.some(({ tokens, arrivals = tokens }) => arrivals < tokens),
      e2eMs: percentilesOf((metric) => metric.e2eMs),
    },
    totals,
    paramThroughputGbPerSecond: rate === null ? null : paramThroughputGbPerSecond(weightBytes, rate),
    memoryThroughputGbPerSecond:
      rate === null
        ? null
        : memoryThroughputGbPerSecond(
            weightBytes,
            cacheBytesPerToken(effective, meanAttendedPositions(measured)),
            rate,
          ),
  };
}

/** Between all tokens of the measured answers whose arrivals tell a decode rate, 0 within an arrival. */
function decodeGapsNs(answers: readonly AnswerRecord[], tokens: readonly TokenRecord[]): number[] {
  const tokensOf = group(tokens, ({ answer }) => answer);
  const told = answers.filter((answer) => answer.phase === 'measured' && !isHeldBack(answer));
  return told.flatMap((answer) => tokenGapsNs(answer, tokensOf.get(answer.answer) ?? []));
}

function embeddingOf(all: ReadonlyArray<Extract<RunRecord, { type: 'embedding' }>>): EmbeddingSummary | null {
  const figures = embeddingFigures(all);
  if (figures === null) return null;
  const { batchMs, ...others } = figures;
  return { ...others, batchMs: describe(batchMs), percentiles: latencyPercentiles(batchMs) };
}

function kernelOf(
  all: ReadonlyArray<Extract<RunRecord, { type: 'kernel' }>>,
  choosesToken: boolean,
): RunSummary['kernel'] {
  const measured = all.filter((record) => record.phase === 'measured');
  if (measured.length === 0) return null;
  const rates = (test: 'pp' | 'tg') =>
    describe(
      measured.filter((record) => record.test === test).map((record) => (record.tokens / record.durationNs) * 1e9),
    );
  const tokens = (test: 'pp' | 'tg') => measured.find((record) => record.test === test)?.tokens ?? 0;
  return {
    pp: rates('pp'),
    tg: rates('tg'),
    nPrompt: tokens('pp'),
    nGen: tokens('tg'),
    depth: measured[0]?.depth ?? 0,
    choosesToken,
  };
}
