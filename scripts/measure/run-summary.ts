/** BenchmarkAnalysis of one run: what its log says, as figures for people and machines. */
import { rollup } from 'd3-array';
import { lineageText } from '../models/lineage.ts';
import type { CertificateRecord } from './certificate/certificate-records.ts';
import { type EnergyFigures, energyFigures } from './certificate/energy.ts';
import { type EmbeddingFigures, embeddingFigures } from './embedding-metrics.ts';
import { judgedQuestions } from './judged-questions.ts';
import { type LoadResults, loadResults } from './load/load-results.ts';
import { measuredWorkNs } from './measured-work.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { type MemoryFigures, memoryFigures } from './memory-figures.ts';
import {
  answerMetrics,
  cacheBytesPerToken,
  fallbackTokens,
  meanAttendedPositions,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  runRates,
  weightBytesPerToken,
} from './metrics.ts';
import { outputSha256 } from './output-hash.ts';
import { type LatencyPercentiles, latencyPercentiles } from './percentiles.ts';
import type { RunOutcome } from './run.ts';
import type { AnswerRecord, Effective, RunRecord, TokenRecord, WarmUpRecord } from './run-log-format.ts';
import { type RunTotals, runTotals } from './run-totals.ts';
import type { SourceFacts } from './source-relation.ts';
import { type Summary, summarize } from './statistics.ts';
import { spanMs } from './time-log.ts';

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
      /** Gaps between tokens. */
      itlMs: LatencyPercentiles | null;
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
  kernel: { pp: Summary | null; tg: Summary | null; nPrompt: number; nGen: number; depth: number } | null;
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
    answers: answersOf(answers, tokens, header.model, effective ?? null),
    measured: measuredOf(records),
    warmUps: of('warm_up'),
    kernel: kernelOf(of('kernel')),
    embedding: embeddingOf(of('embedding')),
    load: loadResults(header, records),
    spansMs: {
      engineStart: spanMs(checkpoints, 'engine_start'),
      frameworkImport: spanMs(checkpoints, 'framework_import'),
      tokenizerLoad: spanMs(checkpoints, 'tokenizer_load'),
      modelLoad: spanMs(checkpoints, 'model_load'),
      jitCompilation: spanMs(checkpoints, 'jit_compilation'),
      warmUp: spanMs(checkpoints, 'warmup'),
    },
    totals: runTotals({
      answers,
      kernels: of('kernel'),
      embeddings: of('embedding'),
      gapsNs: gapsNs(
        tokens,
        answers.filter(({ phase }) => phase === 'measured'),
      ),
    }),
    memory: memoryFigures(of('memory')),
    certificate: of('certificate').at(-1) ?? null,
    energy: energyFigures({
      conditions: of('conditions'),
      measurements: [...of('answer'), ...of('kernel'), ...of('embedding')],
      device: effective?.device ?? null,
      engineStartNs: checkpoints.find(({ name, edge }) => name === 'engine_start' && edge === 'start')?.atNs ?? null,
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
  model: RunOutcome['header']['model'],
  effective: Effective | null,
) {
  const measured = all.filter((answer) => answer.phase === 'measured');
  if (measured.length === 0) return null;
  const metrics = measured.map(answerMetrics);
  const column = (pick: (metric: (typeof metrics)[number]) => number | null) =>
    summarize(metrics.map(pick).filter((value) => value !== null));
  const percentilesOf = (pick: (metric: (typeof metrics)[number]) => number | null) =>
    latencyPercentiles(metrics.map(pick).filter((value) => value !== null));
  const totals = runRates(measured);
  const idsOf = rollup(
    tokens,
    (records) => records.map(({ id }) => id),
    ({ answer }) => answer,
  );
  const cold = all.find((answer) => answer.phase === 'cold');
  const { judged, correct } = judgedQuestions(measured);
  const rate = totals.decodeTokensPerSecond;
  const weightBytes = weightBytesPerToken(model, effective);
  return {
    count: measured.length,
    correct: judged === 0 ? null : correct,
    judged,
    promptTokens: measured.reduce((sum, answer) => sum + answer.promptTokens, 0),
    generatedTokens: measured.reduce((sum, answer) => sum + answer.tokens, 0),
    ttftMs: column((metric) => metric.ttftMs),
    outputSha256: outputSha256(
      measured.map(({ answer, questionId, round }) => ({ questionId, round, ids: idsOf.get(answer) ?? [] })),
    ),
    coldTtftMs: cold === undefined ? null : answerMetrics(cold).ttftMs,
    tpotMs: column((metric) => metric.tpotMs),
    decodeTokensPerSecond: column((metric) => metric.decodeTokensPerSecond),
    prefillTokensPerSecond: column((metric) => metric.prefillTokensPerSecond),
    prefillIsLowerBound: totals.prefillIsLowerBound,
    e2eMs: column((metric) => metric.e2eMs),
    percentiles: {
      ttftMs: percentilesOf((metric) => metric.ttftMs),
      itlMs: latencyPercentiles(gapsNs(tokens, measured).map((gapNs) => gapNs / nsPerMs)),
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

function gapsNs(tokens: readonly TokenRecord[], measured: readonly AnswerRecord[]): number[] {
  const answers = new Set(measured.map(({ answer }) => answer));
  return tokens.flatMap((token, i) => {
    const previous = tokens[i - 1];
    if (previous === undefined || previous.answer !== token.answer || !answers.has(token.answer)) return [];
    return token.atNs - previous.atNs;
  });
}

function embeddingOf(all: ReadonlyArray<Extract<RunRecord, { type: 'embedding' }>>): EmbeddingSummary | null {
  const figures = embeddingFigures(all);
  if (figures === null) return null;
  const { batchMs, ...others } = figures;
  return { ...others, batchMs: summarize(batchMs), percentiles: latencyPercentiles(batchMs) };
}

function kernelOf(all: ReadonlyArray<Extract<RunRecord, { type: 'kernel' }>>): RunSummary['kernel'] {
  const measured = all.filter((record) => record.phase === 'measured');
  if (measured.length === 0) return null;
  const rates = (test: 'pp' | 'tg') =>
    summarize(
      measured.filter((record) => record.test === test).map((record) => (record.tokens / record.durationNs) * 1e9),
    );
  const tokens = (test: 'pp' | 'tg') => measured.find((record) => record.test === test)?.tokens ?? 0;
  return {
    pp: rates('pp'),
    tg: rates('tg'),
    nPrompt: tokens('pp'),
    nGen: tokens('tg'),
    depth: measured[0]?.depth ?? 0,
  };
}
