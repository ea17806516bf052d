/** Columns of runs.csv with the quality of the run: what the machine did while it measured; with its energy, and the engine's own counters. */
import { type Settings, wholeSetting } from '../../log/record-fields.ts';
import type { CertificateRecord, CheckName } from '../../log/records/certificate-records.ts';
import { type ConditionFigures, conditionFigures } from '../figures/condition-figures.ts';
import { type EnergyFigures, energyFigures } from '../figures/energy.ts';
import { measuredWindow } from '../figures/measured-window.ts';
import { lastOf, type Run, recordsOf } from '../run.ts';
import { columnsOf } from '../table.ts';

export interface RunQuality {
  certificate: CertificateRecord | null;
  /** Null where the machine was not watched, or nothing was measured. */
  figures: ConditionFigures | null;
}

export interface OfQuality {
  quality: RunQuality;
  /** Null without a meter. */
  energy: EnergyFigures | null;
  /** The engine's own, from its latest `statistics` record; the names are those of the columns. */
  counters: Settings;
}

const { text, whole, number, flag } = columnsOf<OfQuality>();

const measured = 'while it was measured';

export const qualityColumns = [
  text(
    'certificate',
    'Run quality',
    'passed, failed or unknown (the load of other processes is not known); empty where the machine was not watched',
  ).of(({ quality }) => quality.certificate?.status),
  text('certificate_failed', 'Failed checks', 'names of the checks that failed it, separated by semicolons').of(
    ({ quality }) => namesOf(quality, 'failed'),
  ),
  text('certificate_doubts', 'Doubts', 'names of the checks that raise doubt, separated by semicolons').of(
    ({ quality }) => namesOf(quality, 'doubt'),
  ),
  number('others_cpu_cores', 'cores', 'Work of others', `mean number of cores busy with others' work ${measured}`).of(
    ({ quality }) => quality.figures?.othersCores,
  ),
  number('steal_cores', 'cores', 'Stolen time', `mean number of cores that other virtual machines had ${measured}`).of(
    ({ quality }) => quality.figures?.stealCores,
  ),
  number('cpu_pressure', '', 'Processor pressure', 'share of that time in which something waited for a processor').of(
    ({ quality }) => quality.figures?.pressureShare,
  ),
  number('swapped_bytes', 'B', 'Swapped', `pages swapped in and out ${measured}`).of(
    ({ quality }) => quality.figures?.swappedBytes,
  ),
  number('throttle_events', '', 'Throttling', `times the processor slowed down because of heat ${measured}`).of(
    ({ quality }) => quality.figures?.throttleEvents,
  ),
  whole(
    'quota_throttled_periods',
    '',
    'Quota ran out',
    `periods in which the control group's quota of processor time ran out ${measured}; empty without a quota`,
  ).of(({ quality }) => quality.figures?.quotaThrottledPeriods),
  text('thermal_pressure', 'Thermal pressure', 'the worst that macOS said').of(
    ({ quality }) => quality.figures?.thermalPressure,
  ),
  number('clock_min_mhz', 'MHz', 'Lowest clock', `of the fastest core ${measured}`).of(
    ({ quality }) => quality.figures?.clockMinMhz,
  ),
  number('clock_max_mhz', 'MHz', 'Highest clock', `of the fastest core ${measured}`).of(
    ({ quality }) => quality.figures?.clockMaxMhz,
  ),
  number('temperature_max_c', '°C', 'Temperature', `highest sample ${measured}`).of(
    ({ quality }) => quality.figures?.temperatureMaxC,
  ),
  flag('on_battery', 'On battery', 'true when any sample was taken without mains').of(
    ({ quality }) => quality.figures?.onBattery,
  ),
  number('gpu_busy_percent', '%', 'GPU busy', `mean over samples ${measured}`).of(
    ({ quality }) => quality.figures?.gpuBusyPercent,
  ),
  number(
    'gpu_memory_used_bytes',
    'B',
    'GPU memory',
    "highest sample of the whole card, as the vendor's tool tells it",
  ).of(({ quality }) => quality.figures?.gpuMemoryBytes),
  number('gpu_clock_min_mhz', 'MHz', 'Lowest GPU clock', measured).of(({ quality }) => quality.figures?.gpuClockMinMhz),
  number('gpu_clock_max_mhz', 'MHz', 'Highest GPU clock', measured).of(
    ({ quality }) => quality.figures?.gpuClockMaxMhz,
  ),
  number('gpu_temperature_max_c', '°C', 'GPU temperature', `highest sample ${measured}`).of(
    ({ quality }) => quality.figures?.gpuTemperatureMaxC,
  ),
  number('gpu_power_w', 'W', 'GPU power', `mean over samples ${measured}`).of(
    ({ quality }) => quality.figures?.gpuPowerWatts,
  ),
  text('gpu_slowed_by', 'GPU slowed by', `reasons that held its clocks down ${measured}`).of(
    ({ quality }) => quality.figures?.gpuSlowedBy?.join(';') || null,
  ),
  whole('other_gpu_processes', '', 'Other GPU users', 'processes of others that computed on a GPU').of(
    ({ quality }) => quality.figures?.otherGpuProcesses,
  ),
  number(
    'drift',
    '',
    'Drift',
    'change of the time per token over equal pieces of the run, along the fitted line; 0.05 is 5 % slower; empty where it cannot be told',
  ).of(({ quality }) => checkOf(quality, 'drift')?.value),
  flag('warm_up_stable', 'Warm-up stable', 'false where the warm-up never settled, or the run still became faster').of(
    ({ quality }) => (quality.certificate === null ? null : checkOf(quality, 'warm_up')?.verdict === 'ok'),
  ),
  number('timer_step_ns', 'ns', 'Timer resolution', "smallest step of the engine's clock").of(
    ({ quality }) => checkOf(quality, 'timer')?.value,
  ),
  number(
    'noise_floor',
    '',
    'Noise floor',
    'relative difference of identical runs on this host, as known when the run began',
  ).of(({ quality }) => quality.certificate?.noiseFloor?.share),
] as const;

export const energyColumns = [
  text('energy_meter', 'Energy meter', 'what joules were read from; empty without a meter').of(
    ({ energy }) => energy?.meter,
  ),
  number('idle_watts', 'W', 'Power at rest', 'mean over some seconds before the engine started').of(
    ({ energy }) => energy?.idleWatts,
  ),
  number(
    'joules_per_token_decode',
    'J',
    'Energy per decoded token',
    'energy of the decode spans less power at rest x their time / decoded tokens',
  ).of(({ energy }) => energy?.decode?.net),
  number(
    'joules_per_token_prefill',
    'J',
    'Energy per prompt token',
    'energy of the prompt evaluations less power at rest x their time / evaluated prompt tokens',
  ).of(({ energy }) => energy?.prefill?.net),
  number('gross_joules_per_token_decode', 'J', 'Energy per decoded token, with rest', 'nothing subtracted').of(
    ({ energy }) => energy?.decode?.gross,
  ),
  number('gross_joules_per_token_prefill', 'J', 'Energy per prompt token, with rest', 'nothing subtracted').of(
    ({ energy }) => energy?.prefill?.gross,
  ),
  number(
    'energy_error_decode',
    '',
    'Energy error, decode',
    'share that the sampling may be off; no figure above 0.2',
  ).of(({ energy }) => energy?.decode?.samplingError),
  number(
    'energy_error_prefill',
    '',
    'Energy error, prefill',
    'share that the sampling may be off; no figure above 0.2',
  ).of(({ energy }) => energy?.prefill?.samplingError),
] as const;

/** Empty where the engine does not count them. */
export const counterColumns = [
  whole('shared_bytes', 'B', 'Shared memory', 'bytes that two libraries use in one place').of(({ counters }) =>
    wholeSetting(counters, 'shared_bytes'),
  ),
  whole('copied_bytes', 'B', 'Copied memory', 'bytes that were copied between them').of(({ counters }) =>
    wholeSetting(counters, 'copied_bytes'),
  ),
  whole('fallback_tokens', 'tokens', 'Fallback', 'tokens that the slower path had to compute').of(({ counters }) =>
    wholeSetting(counters, 'fallback_tokens'),
  ),
  whole('kernel_cache_kernels', '', 'Cached kernels', 'compiled kernels in the cache on disk').of(({ counters }) =>
    wholeSetting(counters, 'kernel_cache_kernels'),
  ),
  whole('kernel_cache_bytes', 'B', 'Kernel cache', 'size of that cache').of(({ counters }) =>
    wholeSetting(counters, 'kernel_cache_bytes'),
  ),
  whole('kernel_cache_hits', '', 'Kernel cache hits', 'kernels of this run that were in the cache').of(({ counters }) =>
    wholeSetting(counters, 'kernel_cache_hits'),
  ),
  whole('kernel_cache_new_kernels', '', 'New kernels', 'kernels that this run added to the cache').of(({ counters }) =>
    wholeSetting(counters, 'kernel_cache_new_kernels'),
  ),
  whole('jit_kernels', '', 'JIT kernels', 'kernels in the steps that the JIT captured').of(({ counters }) =>
    wholeSetting(counters, 'jit_kernels'),
  ),
] as const;

export function qualityOf(run: Run): RunQuality {
  const conditions = recordsOf(run, 'conditions');
  const window = measuredWindow(measurementsOf(run));
  return {
    certificate: lastOf(run, 'certificate'),
    figures: window === null || conditions.length === 0 ? null : conditionFigures(conditions, window),
  };
}

export function energyOf(run: Run): EnergyFigures | null {
  const begun = recordsOf(run, 'checkpoint').find(({ name, edge }) => name === 'engine_start' && edge === 'start');
  return energyFigures({
    conditions: recordsOf(run, 'conditions'),
    measurements: measurementsOf(run),
    device: run.effective?.device ?? null,
    engineStartNs: begun?.atNs ?? null,
  });
}

/** What was timed: answers, repetitions of kernel tests, batches of texts. */
export function measurementsOf(run: Run) {
  return [...run.answers, ...recordsOf(run, 'kernel'), ...recordsOf(run, 'embedding')];
}

function checkOf({ certificate }: RunQuality, name: CheckName) {
  return certificate?.checks.find((each) => each.name === name) ?? null;
}

function namesOf({ certificate }: RunQuality, verdict: 'failed' | 'doubt'): string | null {
  const names = certificate?.checks.filter((each) => each.verdict === verdict).map(({ name }) => name) ?? [];
  return names.length === 0 ? null : names.join(';');
}
