/** Certificate and energy of a run: what the log decided, and the figures behind it. */

import type { CheckName } from '../../scripts/log/records/certificate-records.ts';
import { conditionFigures } from '../../scripts/results/figures/condition-figures.ts';
import { energyFigures } from '../../scripts/results/figures/energy.ts';
import { measuredWindow } from '../../scripts/results/figures/measured-window.ts';
import type { Run } from '../logs/run.ts';
import type { energyColumns, runCertificateColumns } from './columns/run-certificate.ts';
import type { RunRow } from './columns/runs.ts';

type CertificateFigures = Pick<RunRow, (typeof runCertificateColumns)[number]['name']>;
type EnergyFigures = Pick<RunRow, (typeof energyColumns)[number]['name']>;

export function certificateFigures({ certificate, conditions, answers, kernels, embeddings }: Run): CertificateFigures {
  const window = measuredWindow([...answers, ...kernels, ...embeddings]);
  const figures = window === null || conditions.length === 0 ? null : conditionFigures(conditions, window);
  const check = (name: CheckName) => certificate?.checks.find((each) => each.name === name) ?? null;
  const named = (verdict: 'failed' | 'doubt') => {
    const names = certificate?.checks.filter((each) => each.verdict === verdict).map(({ name }) => name) ?? [];
    return names.length === 0 ? null : names.join(';');
  };
  return {
    certificate: certificate?.status ?? null,
    certificate_failed: named('failed'),
    certificate_doubts: named('doubt'),
    others_cpu_cores: figures?.othersCores ?? null,
    steal_cores: figures?.stealCores ?? null,
    cpu_pressure: figures?.pressureShare ?? null,
    swapped_bytes: figures?.swappedBytes ?? null,
    throttle_events: figures?.throttleEvents ?? null,
    quota_throttled_periods: figures?.quotaThrottledPeriods ?? null,
    thermal_pressure: figures?.thermalPressure ?? null,
    clock_min_mhz: figures?.clockMinMhz ?? null,
    clock_max_mhz: figures?.clockMaxMhz ?? null,
    temperature_max_c: figures?.temperatureMaxC ?? null,
    on_battery: figures?.onBattery ?? null,
    gpu_busy_percent: figures?.gpuBusyPercent ?? null,
    gpu_memory_used_bytes: figures?.gpuMemoryBytes ?? null,
    gpu_clock_min_mhz: figures?.gpuClockMinMhz ?? null,
    gpu_clock_max_mhz: figures?.gpuClockMaxMhz ?? null,
    gpu_temperature_max_c: figures?.gpuTemperatureMaxC ?? null,
    gpu_power_w: figures?.gpuPowerWatts ?? null,
    gpu_slowed_by: figures?.gpuSlowedBy?.join(';') || null,
    other_gpu_processes: figures?.otherGpuProcesses ?? null,
    drift: check('drift')?.value ?? null,
    warm_up_stable: certificate === null ? null : check('warm_up')?.verdict === 'ok',
    timer_step_ns: check('timer')?.value ?? null,
    noise_floor: certificate?.noiseFloor?.share ?? null,
  };
}

export function runEnergy({ conditions, answers, kernels, embeddings, effective, engineStartNs }: Run): EnergyFigures {
  const energy = energyFigures({
    conditions,
    measurements: [...answers, ...kernels, ...embeddings],
    device: effective?.device ?? null,
    engineStartNs,
  });
  return {
    energy_meter: energy?.meter ?? null,
    idle_watts: energy?.idleWatts ?? null,
    joules_per_token_decode: energy?.decode?.net ?? null,
    joules_per_token_prefill: energy?.prefill?.net ?? null,
    gross_joules_per_token_decode: energy?.decode?.gross ?? null,
    gross_joules_per_token_prefill: energy?.prefill?.gross ?? null,
    energy_error_decode: energy?.decode?.samplingError ?? null,
    energy_error_prefill: energy?.prefill?.samplingError ?? null,
  };
}
