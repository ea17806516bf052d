/** Columns of runs.csv with the quality of the run: what the machine did while it measured; with its energy, and the engine's own counters. */
import { type Settings, wholeSetting } from '../../log/record-fields.ts';
import type { CertificateRecord, CheckName } from '../../log/records/certificate-records.ts';
import { type ConditionFigures, conditionFigures, measuredWindow } from '../figures/condition-figures.ts';
import { type EnergyFigures, energyFigures } from '../figures/energy.ts';
import { lastOf, type Run, recordsOf } from '../run.ts';
import { columnsOf, columnsOfPart } from '../table.ts';

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

const { text: qualityText, number: qualityNumber, flag: qualityFlag } = columnsOf<OfQuality>();
const { text, whole, number, flag } = columnsOfPart(({ quality }: OfQuality) => quality.figures);
const ofEnergy = columnsOfPart(({ energy }: OfQuality) => energy);
const { number: ofDecode } = columnsOfPart(({ energy }: OfQuality) => energy?.decode);
const { number: ofPrefill } = columnsOfPart(({ energy }: OfQuality) => energy?.prefill);

const measured = 'while it was measured';

export const qualityColumns = [
  qualityText(
    'certificate',
    'Run quality',
    'passed, failed or unknown (the load of other processes is not known); empty where the machine was not watched',
  ).of(({ quality }) => quality.certificate?.status),
  qualityText('certificate_failed', 'Failed checks', 'names of the checks that failed it, separated by semicolons').of(
    ({ quality }) => namesOf(quality, 'failed'),
  ),
  qualityText('certificate_doubts', 'Doubts', 'names of the checks that raise doubt, separated by semicolons').of(
    ({ quality }) => namesOf(quality, 'doubt'),
  ),
  number('others_cpu_cores', 'cores', 'Work of others', `mean number of cores busy with others' work ${measured}`).at(
    'othersCores',
  ),
  number('steal_cores', 'cores', 'Stolen time', `mean number of cores that other virtual machines had ${measured}`).at(
    'stealCores',
  ),
  number('cpu_pressure', '', 'Processor pressure', 'share of that time in which something waited for a processor').at(
    'pressureShare',
  ),
  number('swapped_bytes', 'B', 'Swapped', `pages swapped in and out ${measured}`).at('swappedBytes'),
  number('throttle_events', '', 'Throttling', `times the processor slowed down because of heat ${measured}`).at(
    'throttleEvents',
  ),
  whole(
    'quota_throttled_periods',
    '',
    'Quota ran out',
    `periods in which the control group's quota of processor time ran out ${measured}; empty without a quota`,
  ).at('quotaThrottledPeriods'),
  text('thermal_pressure', 'Thermal pressure', 'the worst that macOS said').at('thermalPressure'),
  number('clock_min_mhz', 'MHz', 'Lowest clock', `of the fastest core ${measured}`).at('clockMinMhz'),
  number('clock_max_mhz', 'MHz', 'Highest clock', `of the fastest core ${measured}`).at('clockMaxMhz'),
  number('temperature_max_c', '°C', 'Temperature', `highest sample ${measured}`).at('temperatureMaxC'),
  flag('on_battery', 'On battery', 'true when any sample was taken without mains').at('onBattery'),
  number('gpu_busy_percent', '%', 'GPU busy', `mean over samples ${measured}`).at('gpuBusyPercent'),
  number(
    'gpu_memory_used_bytes',
    'B',
    'GPU memory',
    "highest sample of the whole card, as the vendor's tool reports it",
  ).at('gpuMemoryBytes'),
  number('gpu_clock_min_mhz', 'MHz', 'Lowest GPU clock', measured).at('gpuClockMinMhz'),
  number('gpu_clock_max_mhz', 'MHz', 'Highest GPU clock', measured).at('gpuClockMaxMhz'),
  number('gpu_temperature_max_c', '°C', 'GPU temperature', `highest sample ${measured}`).at('gpuTemperatureMaxC'),
  number('gpu_power_w', 'W', 'GPU power', `mean over samples ${measured}`).at('gpuPowerWatts'),
  qualityText('gpu_slowed_by', 'GPU slowed by', `reasons that held its clocks down ${measured}`).of(
    ({ quality }) => quality.figures?.gpuSlowedBy?.join(';') || null,
  ),
  whole('other_gpu_processes', '', 'Other GPU users', 'processes of others that computed on a GPU').at(
    'otherGpuProcesses',
  ),
  qualityNumber(
    'drift',
    '',
    'Drift',
    'change of the time per token over equal pieces of the run, along the fitted line; 0.05 is 5 % slower; empty where it is not known',
  ).of(({ quality }) => checkOf(quality, 'drift')?.value),
  qualityFlag(
    'warm_up_stable',
    'Warm-up stable',
    'false where the warm-up never settled, or the run still became faster',
  ).of(({ quality }) => (quality.certificate === null ? null : checkOf(quality, 'warm_up')?.verdict === 'ok')),
  qualityNumber('timer_step_ns', 'ns', 'Timer resolution', "smallest step of the engine's clock").of(
    ({ quality }) => checkOf(quality, 'timer')?.value,
  ),
  qualityNumber(
    'noise_floor',
    '',
    'Noise floor',
    'relative difference of identical runs on this host, as known when the run began',
  ).of(({ quality }) => quality.certificate?.noiseFloor?.share),
] as const;

export const energyColumns = [
  ofEnergy.text('energy_meter', 'Energy meter', 'what joules were read from; empty without a meter').at('meter'),
  ofEnergy
    .number('idle_watts', 'W', 'Power at rest', 'mean over some seconds before the engine started')
    .at('idleWatts'),
  ofDecode(
    'joules_per_token_decode',
    'J',
    'Energy per decoded token',
    'energy of the decode spans less power at rest x their time / decoded tokens',
  ).at('net'),
  ofPrefill(
    'joules_per_token_prefill',
    'J',
    'Energy per prompt token',
    'energy of the prompt evaluations less power at rest x their time / evaluated prompt tokens',
  ).at('net'),
  ofDecode('gross_joules_per_token_decode', 'J', 'Energy per decoded token, with rest', 'nothing subtracted').at(
    'gross',
  ),
  ofPrefill('gross_joules_per_token_prefill', 'J', 'Energy per prompt token, with rest', 'nothing subtracted').at(
    'gross',
  ),
  ofDecode(
    'energy_error_decode',
    '',
    'Energy error, decode',
    'share that the sampling may be off; no figure above 0.2',
  ).at('samplingError'),
  ofPrefill(
    'energy_error_prefill',
    '',
    'Energy error, prefill',
    'share that the sampling may be off; no figure above 0.2',
  ).at('samplingError'),
] as const;

/** A counter has the name of its column; empty where the engine does not count it. */
function counter<const N extends string>(name: N, unit: string, title: string, formula: string) {
  return columnsOf<OfQuality>()
    .whole(name, unit, title, formula)
    .of(({ counters }) => wholeSetting(counters, name));
}

export const counterColumns = [
  counter('shared_bytes', 'B', 'Shared memory', 'bytes that two libraries use in one place'),
  counter('copied_bytes', 'B', 'Copied memory', 'bytes that were copied between them'),
  counter('fallback_tokens', 'tokens', 'Fallback', 'tokens that the slower path had to compute'),
  counter('kernel_cache_kernels', '', 'Cached kernels', 'compiled kernels in the cache on disk'),
  counter('kernel_cache_bytes', 'B', 'Kernel cache', 'size of that cache'),
  counter('kernel_cache_hits', '', 'Kernel cache hits', 'kernels of this run that were in the cache'),
  counter('kernel_cache_new_kernels', '', 'New kernels', 'kernels that this run added to the cache'),
  counter('jit_kernels', '', 'JIT kernels', 'kernels in the steps that the JIT captured'),
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
