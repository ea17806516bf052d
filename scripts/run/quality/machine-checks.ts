/** What the machine did meanwhile that was not the run: others' work, swapping, throttling, heat. */

import type { Check, CheckName } from '../../log/records/certificate-records.ts';
import type { RunFacts } from '../../results/figures/run-facts.ts';
import { qualityLimits } from '../../results/limits.ts';

const limit = qualityLimits;

/** Devices that are not a GPU. */
const notGpus: readonly string[] = ['cpu', 'server', 'unknown'];

/** Nothing of the run itself: a machine that runs nothing has them too. */
export type MachineFacts = Pick<
  RunFacts,
  'figures' | 'windowMs' | 'virtualized' | 'stealIsCounted' | 'logicalCores' | 'device' | 'served'
>;

export function machineChecks(facts: MachineFacts): Check[] {
  return [
    othersCheck(facts),
    stealCheck(facts),
    pressureCheck(facts),
    swapCheck(facts),
    throttlingCheck(facts),
    quotaCheck(facts),
    clockCheck(facts),
    temperatureCheck(facts),
    powerSourceCheck(facts),
    gpuUsersCheck(facts),
  ];
}

/** Both sides of a difference are counted in ticks of 10 ms, by different hands: of less time nothing could be told. */
function isShort({ windowMs }: MachineFacts): boolean {
  return windowMs < limit.windowSeconds * 1000;
}

function shortWords({ windowMs }: MachineFacts): string {
  return `it was measured for ${(windowMs / 1000).toFixed(1)} s, and below ${limit.windowSeconds} s this cannot be told (--min-seconds N)`;
}

function othersCheck(run: MachineFacts): Check {
  const { figures, logicalCores, served } = run;
  const failed = Math.max(limit.othersCores.failed, limit.othersShareOfMachine * logicalCores);
  const doubt = (failed * limit.othersCores.doubt) / limit.othersCores.failed;
  const facts = { name: 'others_cpu', limit: failed, unit: 'cores' } as const;
  const value = figures.othersCores;
  if (isShort(run)) return unknown(facts, shortWords(run));
  if (served) {
    const words = 'a server did the work: its part of this machine cannot be told from that of others';
    return { ...facts, verdict: 'unknown', value, words };
  }
  if (value === null) return unknown(facts, 'nothing here tells how much of the machine others used');
  const seen = `others kept ${cores(value)} busy on average while it was measured`;
  if (value <= doubt) return { ...facts, verdict: 'ok', value, words: seen };
  return {
    ...facts,
    verdict: value > failed ? 'failed' : 'doubt',
    value,
    words: `${seen}; close what else runs, or take fewer threads with --threads N`,
  };
}

function stealCheck(run: MachineFacts): Check {
  const { figures, virtualized, stealIsCounted } = run;
  const facts = { name: 'steal', limit: limit.stealCores.failed, unit: 'cores' } as const;
  const value = figures.stealCores;
  if (isShort(run)) return unknown(facts, shortWords(run));
  if (value === null)
    return unknown(facts, 'nothing here tells whether other virtual machines took time from this one');
  if (!stealIsCounted && virtualized !== false)
    return unknown(facts, 'the counter of stolen time has never moved here: this hypervisor does not tell it');
  const seen = `the hardware gave ${cores(value)} of ours to other virtual machines`;
  if (value <= limit.stealCores.doubt) return { ...facts, verdict: 'ok', value, words: seen };
  const verdict = value > limit.stealCores.failed ? 'failed' : 'doubt';
  return { ...facts, verdict, value, words: `${seen}; measure at another time, or on hardware of your own` };
}

/** Our own threads wait for each other too, so this alone fails no run. */
function pressureCheck(run: MachineFacts): Check {
  const { figures, served } = run;
  const facts = { name: 'pressure', limit: limit.pressureShare, unit: '' } as const;
  const value = figures.pressureShare;
  if (isShort(run)) return unknown(facts, shortWords(run));
  if (value === null) return unknown(facts, 'the kernel tells no pressure');
  const seen = `for ${percent(value)} of the time something was ready and had no processor`;
  if (served || value <= limit.pressureShare) return { ...facts, verdict: 'ok', value, words: seen };
  return { ...facts, verdict: 'doubt', value, words: `${seen}; there are more threads at work than cores` };
}

function swapCheck({ figures }: MachineFacts): Check {
  const facts = { name: 'swap', limit: limit.swappedBytes, unit: 'B' } as const;
  const value = figures.swappedBytes;
  if (value === null) return unknown(facts, 'nothing here tells whether the machine swapped');
  if (value <= limit.swappedBytes) return { ...facts, verdict: 'ok', value, words: 'nothing to speak of was swapped' };
  const words = `the machine swapped ${(value / 1e6).toFixed(0)} MB; close other programs, or take a smaller model or quantisation`;
  return { ...facts, verdict: 'failed', value, words };
}

function throttlingCheck({ figures, device }: MachineFacts): Check {
  const facts = { name: 'throttling', limit: 0, unit: 'events' } as const;
  const reasons = usesGpu(device) ? (figures.gpuSlowedBy ?? []) : [];
  const { throttleEvents, thermalPressure } = figures;
  const known =
    throttleEvents !== null || thermalPressure !== null || (usesGpu(device) && figures.gpuSlowedBy !== null);
  if (!known) return unknown(facts, 'nothing here tells whether clocks were held down (usual in a virtual machine)');
  // A cap on power is how many cards work all day long; the others are not.
  const grave = reasons.filter((reason) => reason !== 'power_cap');
  const said = [
    ...((throttleEvents ?? 0) > 0 ? [`the processor slowed down ${throttleEvents} times because of heat`] : []),
    ...(thermalPressure === null || thermalPressure === 'Nominal' ? [] : [`thermal pressure was ${thermalPressure}`]),
    ...(grave.length === 0 ? [] : [`the GPU was slowed down (${grave.join(', ')})`]),
  ];
  const value = throttleEvents ?? said.length;
  if (said.length > 0) {
    return { ...facts, verdict: 'failed', value, words: `${said.join('; ')}; cool the machine, or pause between runs` };
  }
  if (reasons.length > 0) {
    return { ...facts, verdict: 'doubt', value, words: "the GPU's clocks were held down by its limit of power" };
  }
  return { ...facts, verdict: 'ok', value, words: 'nothing was throttled' };
}

function quotaCheck({ figures }: MachineFacts): Check {
  const facts = { name: 'quota', limit: limit.quotaThrottledShare, unit: '' } as const;
  const { quotaPeriods: periods, quotaThrottledPeriods: throttled } = figures;
  if (periods === null || throttled === null) return unknown(facts, 'no quota of processor time is known here');
  const value = throttled === 0 ? 0 : throttled / Math.max(periods, throttled);
  if (throttled === 0) return { ...facts, verdict: 'ok', value, words: 'the quota of processor time never ran out' };
  const words = `the quota of processor time ran out in ${throttled} of ${periods} periods, and everything waited for the next; take fewer threads with --threads N, or raise the quota`;
  return { ...facts, verdict: value > limit.quotaThrottledShare ? 'failed' : 'doubt', value, words };
}

function clockCheck({ figures, device }: MachineFacts): Check {
  const facts = { name: 'clocks', limit: limit.clockFall, unit: '' } as const;
  const [most, least] = usesGpu(device)
    ? [figures.gpuClockMaxMhz, figures.gpuClockMinMhz]
    : [figures.clockMaxMhz, figures.clockMinMhz];
  if (most === null || least === null || most === 0) return unknown(facts, 'nothing here tells a clock');
  const value = 1 - least / most;
  const seen = `clock between ${least.toFixed(0)} and ${most.toFixed(0)} MHz`;
  if (value <= limit.clockFall) return { ...facts, verdict: 'ok', value, words: seen };
  const words = `${seen}; set the governor to performance, plug in, or warm up longer with --warmup N`;
  return { ...facts, verdict: 'doubt', value, words };
}

function temperatureCheck({ figures, device }: MachineFacts): Check {
  const facts = { name: 'temperature', limit: limit.temperatureC, unit: '°C' } as const;
  const value = usesGpu(device) ? (figures.gpuTemperatureMaxC ?? figures.temperatureMaxC) : figures.temperatureMaxC;
  if (value === null) return unknown(facts, 'no sensor of temperature (usual in a virtual machine)');
  const seen = `at most ${value.toFixed(0)} °C`;
  if (value <= limit.temperatureC) return { ...facts, verdict: 'ok', value, words: seen };
  return { ...facts, verdict: 'doubt', value, words: `${seen}; clocks may have been held down` };
}

function powerSourceCheck({ figures: { onBattery } }: MachineFacts): Check {
  const facts = { name: 'power_source', limit: null, unit: '' } as const;
  if (onBattery === null) return unknown(facts, 'no battery');
  if (!onBattery) return { ...facts, verdict: 'ok', value: 0, words: 'on mains' };
  return { ...facts, verdict: 'doubt', value: 1, words: 'on battery; plug in, most machines hold clocks down without' };
}

function gpuUsersCheck({ figures, device }: MachineFacts): Check {
  const facts = { name: 'gpu_users', limit: 0, unit: 'processes' } as const;
  const value = figures.otherGpuProcesses;
  if (!usesGpu(device)) return { ...facts, verdict: 'ok', value, words: 'no GPU was used' };
  if (value === null) return unknown(facts, 'nothing here tells who else used the GPU');
  if (value === 0) return { ...facts, verdict: 'ok', value, words: 'nobody else computed on a GPU' };
  const words = `${value} other ${value === 1 ? 'process' : 'processes'} computed on a GPU; end them, or choose another one`;
  return { ...facts, verdict: 'failed', value, words };
}

function usesGpu(device: string): boolean {
  return !notGpus.includes(device);
}

function unknown(facts: { name: CheckName; limit: number | null; unit: string }, words: string): Check {
  return { ...facts, verdict: 'unknown', value: null, words };
}

function cores(value: number): string {
  return `${value.toFixed(2)} ${value.toFixed(2) === '1.00' ? 'core' : 'cores'}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
