/** `runs.csv`: a row per run, whatever became of it, with whatever was measured. */

import { answerMetrics, fallbackTokens, runRates } from '../../scripts/log/figures/metrics.ts';
import { runTotals } from '../../scripts/log/figures/run-totals.ts';
import { measurementOf } from '../../scripts/log/measurement.ts';
import { outputSha256 } from '../../scripts/log/output-hash.ts';
import { questionScore, repeatsOf } from '../../scripts/log/question-score.ts';
import { recordedValues } from '../../scripts/log/recorded-values.ts';
import { scriptOf } from '../../scripts/log/repeating-command.ts';
import type { AnswerRecord } from '../../scripts/log/run-log-format.ts';
import { sharedDeviceCode } from '../../scripts/log/shared-device.ts';
import type { HardwareLog } from '../../scripts/machine/hardware-log.ts';
import { activeParameters, faultFlags } from '../../scripts/machine/roofline.ts';
import { lineageText } from '../../scripts/models/lineage.ts';
import { mean, median, percentileIsSupported, quantile } from '../../scripts/statistics/statistics.ts';
import type { Problem } from '../logs/problem.ts';
import type { Outcome, Run } from '../logs/run.ts';
import { certificateFigures, runEnergy } from './certificate.ts';
import type { RunRow } from './columns/runs.ts';
import { counterFigures } from './counters.ts';
import { embeddingCells } from './embedding.ts';
import { kernelFigures } from './kernels.ts';
import { memoryCells } from './memory.ts';
import { rooflineFigures } from './roofline.ts';
import { runParity } from './run-parity.ts';
import { numberSetting, settingsText, textSetting, wholeSetting, yesOrNoSetting } from './settings.ts';
import { speedOf } from './speed.ts';
import { throughputFigures } from './throughput.ts';
import { extentFigures, warmUpFigures } from './warm-up.ts';

const nsPerMs = 1e6;

/** @param hardware what its host can do at best; null where no hardware benchmark is near */
export function runRow(run: Run, outcome: Outcome, log: string, hardware: HardwareLog | null = null): RunRow {
  const { header } = run;
  const { model, host } = header;
  const effective = run.effective?.settings ?? {};
  const measured = run.answers.filter((answer) => answer.phase === 'measured');
  const rates = runRates(measured);
  const kernel = kernelFigures(run.kernels);
  const speed = speedOf(measured, rates, kernel);
  const roofline = rooflineFigures(run, speed, hardware);
  const totals = runTotals(run);
  const score = questionScore(measured);
  const judged = measured.filter((answer) => answer.correct !== null).length;
  return {
    uuid: header.uuid,
    status: outcome.status,
    error: outcome.error,
    remedy: run.end?.error?.remedy ?? null,
    started_at: header.startedAt,
    session: header.session?.uuid ?? null,
    iteration: header.session?.iteration ?? header.sweep?.iteration ?? null,
    turn: header.session?.order ?? null,
    attempt: header.session?.attempt ?? null,
    twin: header.session === undefined ? null : header.session.twin === true,
    sweep: header.sweep?.name ?? null,
    sweep_cell: header.sweep?.cell ?? null,
    framework: header.framework.name,
    framework_title: header.framework.title,
    framework_version: header.framework.version,
    framework_build: run.effective === null ? null : settingsText(run.effective.build),
    workload: header.workload,
    algorithm: model.algorithm,
    model: model.name,
    model_source: model.source,
    synthetic: model.synthetic,
    size: model.size,
    size_class: model.sizeClass,
    parameters: known(model.parameters),
    active_parameters: known(Math.round(activeParameters(model))),
    quantize_asked: model.quantization.asked,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    bits_per_weight: known(model.effectiveBitsPerWeight),
    resident_format: run.effective?.weights?.format ?? null,
    resident_bits_per_weight: run.effective?.weights?.bitsPerWeight ?? null,
    model_bytes: known(model.fileBytes),
    model_sha256: model.sha256,
    model_root_sha256: model.lineage?.root.sha256 ?? null,
    model_lineage: model.lineage === undefined ? null : lineageText(model.lineage) || null,
    device: run.effective?.device ?? null,
    device_name: run.effective?.deviceName ?? null,
    comparable: isComparable(run, outcome.problems),
    measurement: JSON.stringify(measurementOf(header, run.effective)),
    threads: wholeSetting(effective, 'threads'),
    gpu_layers: wholeSetting(effective, 'gpuLayers'),
    context_tokens: wholeSetting(effective, 'contextTokens'),
    batch_tokens: wholeSetting(effective, 'batchTokens'),
    flash_attention: textSetting(effective, 'flashAttention'),
    kv_type: textSetting(effective, 'kvType'),
    activations: textSetting(effective, 'activations'),
    spinning: yesOrNoSetting(effective, 'spinning'),
    cpu_affinity: textSetting(effective, 'affinity'),
    build_type: textSetting(run.effective?.build ?? {}, 'buildType'),
    cpu_variant: textSetting(run.effective?.build ?? {}, 'cpuVariant'),
    precision_asked: textSetting(header.requested, 'precision'),
    precision: textSetting(effective, 'precision'),
    compile_asked: yesOrNoSetting(header.requested, 'compile'),
    compile: yesOrNoSetting(effective, 'compile'),
    device_count: wholeSetting(effective, 'deviceCount'),
    shard: textSetting(effective, 'shard'),
    seed: header.seed,
    max_tokens: wholeSetting(header.requested, 'maxTokens'),
    temperature: numberSetting(header.requested, 'temperature'),
    hostname: host.hostname,
    username: host.username,
    platform: host.platform,
    release: host.release,
    cpu_model: host.cpuModel,
    physical_cores: host.physicalCores,
    memory_bytes: host.memoryBytes,
    hypervisor: host.hypervisor ?? null,
    container: host.container ?? null,
    script: scriptOf(header),
    asked_options: JSON.stringify(recordedValues(header)),
    usable_cores: host.usable?.cores ?? null,
    usable_cores_bound_by: host.usable?.coresBoundBy ?? null,
    usable_memory_bytes: host.usable?.memoryBytes ?? null,
    answers: measured.length,
    warmup_answers: run.answers.length - measured.length,
    ...warmUpFigures(run),
    ...extentFigures(run),
    iterations: totals.iterations,
    total_time_ms: totals.totalTimeMs,
    prompt_tokens: sum(measured, (answer) => answer.promptTokens),
    generated_tokens: sum(measured, (answer) => answer.tokens),
    ...latencyFigures(run.answers, measured),
    tpot_ms: rates.tpotMs,
    decode_tokens_per_s: rates.decodeTokensPerSecond,
    peak_tokens_per_s: totals.peakTokensPerSecond,
    prefill_tokens_per_s: rates.prefillTokensPerSecond,
    prefill_is_lower_bound: rates.prefillTokensPerSecond === null ? null : rates.prefillIsLowerBound,
    e2e_tokens_per_s: rates.e2eTokensPerSecond,
    arrivals: arrivalsIn(measured),
    ...gapFigures(run.arrivalGapsNs, repeatsOf(measured, header.requested.temperature)),
    itl_min_ms: totals.minTokenTimeMs,
    ...spanFigures(run),
    ...memoryCells(run.memory),
    ...throughputFigures(run, speed),
    ...roofline,
    ...kernel,
    kernel_chooses_token: run.kernels.length === 0 ? null : yesOrNoSetting(effective, 'kernelChoosesToken'),
    ...embeddingCells(run.embeddings),
    ...counterFigures(run.statistics),
    ...runParity(run),
    ...certificateFigures(run),
    ...runEnergy(run),
    correct: judged === 0 ? null : measured.filter((answer) => answer.correct === true).length,
    judged,
    questions: new Set(measured.map(({ questionId }) => questionId)).size,
    correct_questions: score?.correct ?? null,
    judged_questions: score?.questions ?? 0,
    output_sha256: outputSha256(run.outputs),
    warnings: warningCodes(run, outcome.problems, roofline.roofline_flags),
    log,
  };
}

/** A server may tell nothing of its model: no model has none of it. */
function known(size: number): number | null {
  return size > 0 ? size : null;
}

/** False too when the run ended before an engine could say what it computes on: there is nothing to compare. */
function isComparable(run: Run, problems: readonly Problem[]): boolean {
  if (problems.some(isBroken) || run.warnings.some(({ code }) => code === sharedDeviceCode)) return false;
  return (run.effective?.comparable ?? false) && fallbackTokens(run.statistics) === 0;
}

function isBroken(problem: Problem): boolean {
  return problem.kind === 'broken_invariant' || problem.kind === 'broken_line';
}

function warningCodes(run: Run, problems: readonly Problem[], flags: string | null): string | null {
  const codes = [
    ...run.warnings.map((warning) => warning.code),
    ...problems.filter(isBroken).map(({ kind }) => kind),
    ...faultFlags.filter((flag) => flags?.split(';').includes(flag)),
  ];
  return codes.length === 0 ? null : [...new Set(codes)].join(';');
}

function latencyFigures(answers: readonly AnswerRecord[], measured: readonly AnswerRecord[]) {
  const metrics = measured.map(answerMetrics);
  const cold = answers.find((answer) => answer.phase === 'cold');
  return {
    ttft_ms: medianOf(metrics.map((each) => each.ttftMs)),
    ttft_cold_ms: cold === undefined ? null : answerMetrics(cold).ttftMs,
    e2e_ms: medianOf(metrics.map((each) => each.e2eMs)),
    e2e_mean_ms: meanOf(metrics.map((each) => each.e2eMs)),
  };
}

function medianOf(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

function meanOf(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

/** @param repeats how often each answer was given: greedy ones are the same each time */
function gapFigures(gapsNs: readonly number[], repeats: number) {
  const sorted = Array.from(Float64Array.from(gapsNs).sort());
  const percentile = (p: number) =>
    percentileIsSupported(sorted.length / repeats, p) ? quantile(sorted, p) / nsPerMs : null;
  const longest = sorted.at(-1);
  return {
    itl_count: sorted.length,
    itl_p50_ms: percentile(0.5),
    itl_p95_ms: percentile(0.95),
    itl_p99_ms: percentile(0.99),
    itl_max_ms: longest === undefined ? null : longest / nsPerMs,
  };
}

function spanFigures({ spansNs }: Run) {
  const ms = (ns: number | undefined) => (ns === undefined ? null : ns / nsPerMs);
  return {
    engine_start_ms: ms(spansNs.get('engine_start')),
    framework_import_ms: ms(spansNs.get('framework_import')),
    tokenizer_load_ms: ms(spansNs.get('tokenizer_load')),
    model_load_ms: ms(spansNs.get('model_load')),
    jit_compilation_ms: ms(spansNs.get('jit_compilation')),
    warmup_ms: ms(spansNs.get('warmup')),
  };
}

/** Null where a log with broken invariants does not tell it. */
function arrivalsIn(answers: readonly AnswerRecord[]): number | null {
  const known = answers.flatMap(({ arrivals }) => arrivals ?? []);
  return known.length === answers.length ? known.reduce((total, arrivals) => total + arrivals, 0) : null;
}

function sum(answers: readonly AnswerRecord[], of: (answer: AnswerRecord) => number): number {
  return answers.reduce((total, answer) => total + of(answer), 0);
}
