/** What the samples say of the measured phase. Pure: the run-quality checks and collate/ compute every figure here. */
import type { ConditionsRecord, GpuReading } from '../../log/records/certificate-records.ts';
import type { RunRecord } from '../../log/run-log-format.ts';

/** Null for what no source says. */
export type ConditionFigures = ReturnType<typeof conditionFigures>;

export function conditionFigures(records: readonly ConditionsRecord[], window: Window) {
  const during = within(records, window);
  const rate = (pick: (record: ConditionsRecord) => number | undefined) => perMillisecond(records, window, pick);
  const busy = rate((record) => record.busyMsTotal);
  const own = rate((record) => record.ownMsTotal);
  const gauge = (pick: (record: ConditionsRecord) => number | undefined) =>
    extremes(during.flatMap((r) => pick(r) ?? []));
  const gpus = during.flatMap((record) => record.gpus ?? []);
  const gpu = (pick: (gpu: GpuReading) => number | undefined) => extremes(gpus.flatMap((one) => pick(one) ?? []));
  const clock = gauge((record) => record.clockMhz);
  const gpuClock = gpu(({ clockMhz }) => clockMhz);
  const slowed = gpus.flatMap(({ slowedBy }) => (slowedBy === undefined ? [] : [slowedBy]));
  const onBattery = during.flatMap((record) => record.onBattery ?? []);
  return {
    // Mean number of cores busy with the work of others. Ticks of 10 ms are counted for the machine and for each process apart: their difference may fall below nothing.
    othersCores: busy === null || own === null ? null : Math.max(0, busy - own),
    stealCores: rate((record) => record.stealMsTotal),
    // Share of the time in which something was ready and had no processor.
    pressureShare: rate((record) => record.stallMsTotal),
    swappedBytes: growth(records, window, (record) => record.swappedBytesTotal)?.by ?? null,
    throttleEvents: growth(records, window, (record) => record.throttleEventsTotal)?.by ?? null,
    // Periods of the control group's quota, and those in which it ran out.
    quotaPeriods: growth(records, window, (record) => record.quotaPeriodsTotal)?.by ?? null,
    quotaThrottledPeriods: growth(records, window, (record) => record.quotaThrottledPeriodsTotal)?.by ?? null,
    // Of the processor's fastest core, highest and lowest sample.
    clockMaxMhz: clock?.most ?? null,
    clockMinMhz: clock?.least ?? null,
    temperatureMaxC: gauge((record) => record.temperatureC)?.most ?? null,
    thermalPressure: worstPressure(during.flatMap((record) => record.thermalPressure ?? [])),
    onBattery: onBattery.length === 0 ? null : onBattery.includes(true),
    otherGpuProcesses: gauge((record) => record.otherGpuProcesses)?.most ?? null,
    // What held the clocks of any GPU down at any time.
    gpuSlowedBy: slowed.length === 0 ? null : [...new Set(slowed.flat())].sort(),
    gpuBusyPercent: gpu(({ busyPercent }) => busyPercent)?.mean ?? null,
    gpuMemoryBytes: gpu(({ memoryUsedBytes }) => memoryUsedBytes)?.most ?? null,
    gpuClockMaxMhz: gpuClock?.most ?? null,
    gpuClockMinMhz: gpuClock?.least ?? null,
    gpuTemperatureMaxC: gpu(({ temperatureC }) => temperatureC)?.most ?? null,
    gpuPowerWatts: gpu(({ powerWatts }) => powerWatts)?.mean ?? null,
  };
}

/** Samples of the measured phase; where it is shorter than the time between two, those just before and after as well. */
function within(records: readonly ConditionsRecord[], { startNs, endNs }: Window): ConditionsRecord[] {
  const inside = records.filter(({ atNs }) => atNs >= startNs && atNs <= endNs);
  const before = records.findLast(({ atNs }) => atNs < startNs);
  const after = records.find(({ atNs }) => atNs > endNs);
  return [before, ...inside, after].filter((record) => record !== undefined);
}

/** Growth of a counter from the last sample before the window to the first one after it. */
function growth(
  records: readonly ConditionsRecord[],
  { startNs, endNs }: Window,
  pick: (record: ConditionsRecord) => number | undefined,
): { by: number; ms: number } | null {
  const counted = records.flatMap((record) => {
    const value = pick(record);
    return value === undefined ? [] : [{ atNs: record.atNs, value }];
  });
  const first = counted.findLast(({ atNs }) => atNs <= startNs) ?? counted[0];
  const last = counted.find(({ atNs }) => atNs >= endNs) ?? counted.at(-1);
  if (first === undefined || last === undefined || last.atNs <= first.atNs) return null;
  return { by: last.value - first.value, ms: (last.atNs - first.atNs) / 1e6 };
}

function perMillisecond(
  records: readonly ConditionsRecord[],
  window: Window,
  pick: (record: ConditionsRecord) => number | undefined,
): number | null {
  const grown = growth(records, window, pick);
  return grown === null ? null : grown.by / grown.ms;
}

function extremes(values: readonly number[]): { most: number; least: number; mean: number } | null {
  if (values.length === 0) return null;
  return {
    most: values.reduce((most, value) => Math.max(most, value)),
    least: values.reduce((least, value) => Math.min(least, value)),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  };
}

/** As macOS orders them. */
const pressureLevels = ['Nominal', 'Fair', 'Moderate', 'Heavy', 'Serious', 'Critical', 'Trapping', 'Sleeping'];

function worstPressure(levels: readonly string[]): string | null {
  return levels.toSorted((a, b) => pressureLevels.indexOf(b) - pressureLevels.indexOf(a))[0] ?? null;
}

/** Nanoseconds over the measured phase: of answers, of tg repetitions, of batches of texts. Null where nothing was measured. */
export function measuredWorkNs(records: readonly RunRecord[]): number | null {
  let total: number | null = null;
  for (const record of records) {
    const ns = workOf(record);
    if (ns !== null) total = (total ?? 0) + ns;
  }
  return total;
}

function workOf(record: RunRecord): number | null {
  switch (record.type) {
    case 'answer':
      return record.phase === 'measured' ? (record.lastTokenNs ?? 0) - (record.firstTokenNs ?? 0) : null;
    case 'kernel':
      return record.phase === 'measured' && record.test === 'tg' ? record.durationNs : null;
    case 'embedding':
      return record.phase === 'measured' ? record.endNs - record.submitNs : null;
    default:
      return null;
  }
}

export interface Window {
  startNs: number;
  endNs: number;
}

type Measurement = Extract<RunRecord, { type: 'answer' | 'kernel' | 'embedding' }>;

/** Null when nothing was measured. */
export function measuredWindow(measurements: readonly Measurement[]): Window | null {
  const measured = measurements.filter(({ phase }) => phase === 'measured');
  if (measured.length === 0) return null;
  return {
    startNs: measured.reduce((first, { startNs }) => Math.min(first, startNs), Number.POSITIVE_INFINITY),
    endNs: measured.reduce((last, record) => Math.max(last, endOf(record)), 0),
  };
}

function endOf(record: Measurement): number {
  switch (record.type) {
    case 'kernel':
      return record.startNs + record.durationNs;
    case 'embedding':
      return record.endNs;
    case 'answer':
      return record.lastTokenNs ?? record.submitNs;
    default:
      return record satisfies never;
  }
}
