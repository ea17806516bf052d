/** What the machine did meanwhile that was not the run: others' work, swapping, throttling, heat. */
import { percentWithPlaces } from '../../command-line/format.ts';
import type { Check, CheckName } from '../../log/records/certificate-records.ts';
import type { CheckedFacts } from '../../results/figures/checked-facts.ts';
import { qualityLimits as limit } from '../../results/limits.ts';

/** Devices that are not a GPU. */
const notGpus: readonly string[] = ['cpu', 'server', 'unknown'];

/** Nothing of the run itself: a machine that runs nothing has them too. */
export type MachineFacts = Pick<
  CheckedFacts,
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

/** Both sides of a difference are counted in ticks of 10 ms, by different hands: a shorter time says nothing. */
function shortWords({ windowMs }: MachineFacts): string | null {
  if (windowMs >= limit.windowSeconds * 1000) return null;
  return `it was measured for ${(windowMs / 1000).toFixed(1)} s, and below ${limit.windowSeconds} s this cannot be told (--min-seconds N)`;
}

/** Makes the checks of one name, with its limit in its unit. */
function checks(name: CheckName, limit: number | null, unit: string) {
  const check = (verdict: Check['verdict'], value: number | null, words: string): Check => ({
    name,
    limit,
    unit,
    verdict,
    value,
    words,
  });
  return { check, unknown: (words: string) => check('unknown', null, words) };
}

function othersCheck(run: MachineFacts): Check {
  const { figures, logicalCores, served } = run;
  const failed = Math.max(limit.othersCores.failed, limit.othersShareOfMachine * logicalCores);
  const doubt = (failed * limit.othersCores.doubt) / limit.othersCores.failed;
  const { check, unknown } = checks('others_cpu', failed, 'cores');
  const value = figures.othersCores;
  const short = shortWords(run);
  if (short !== null) return unknown(short);
  if (served) {
    const words = 'a server did the work: its part of this machine cannot be told from that of others';
    return check('unknown', value, words);
  }
  if (value === null) return unknown('the load of other processes is not reported here');
  const seen = `others kept ${cores(value)} busy on average while it was measured`;
  if (value <= doubt) return check('ok', value, seen);
  const words = `${seen}; close what else runs, or take fewer threads with --threads N`;
  return check(value > failed ? 'failed' : 'doubt', value, words);
}

function stealCheck(run: MachineFacts): Check {
  const { figures, virtualized, stealIsCounted } = run;
  const { check, unknown } = checks('steal', limit.stealCores.failed, 'cores');
  const value = figures.stealCores;
  const short = shortWords(run);
  if (short !== null) return unknown(short);
  if (value === null) return unknown('time that other virtual machines took from this one is not reported here');
  if (!stealIsCounted && virtualized !== false)
    return unknown('the counter of stolen time has never moved here: this hypervisor does not report it');
  const seen = `the hardware gave ${cores(value)} of ours to other virtual machines`;
  if (value <= limit.stealCores.doubt) return check('ok', value, seen);
  const words = `${seen}; measure at another time, or on hardware of your own`;
  return check(value > limit.stealCores.failed ? 'failed' : 'doubt', value, words);
}

/** Our own threads wait for each other too, so this alone fails no run. */
function pressureCheck(run: MachineFacts): Check {
  const { check, unknown } = checks('pressure', limit.pressureShare, '');
  const value = run.figures.pressureShare;
  const short = shortWords(run);
  if (short !== null) return unknown(short);
  if (value === null) return unknown('the kernel reports no pressure');
  const seen = `for ${percentWithPlaces(value, 0)} of the time something was ready and had no processor`;
  if (run.served || value <= limit.pressureShare) return check('ok', value, seen);
  return check('doubt', value, `${seen}; there are more threads at work than cores`);
}

function swapCheck({ figures: { swappedBytes: value } }: MachineFacts): Check {
  const { check, unknown } = checks('swap', limit.swappedBytes, 'B');
  if (value === null) return unknown('swapping is not reported here');
  if (value <= limit.swappedBytes) return check('ok', value, 'nothing to speak of was swapped');
  const words = `the machine swapped ${(value / 1e6).toFixed(0)} MB; close other programs, or take a smaller model or quantisation`;
  return check('failed', value, words);
}

function throttlingCheck({ figures, device }: MachineFacts): Check {
  const { check, unknown } = checks('throttling', 0, 'events');
  const { throttleEvents, thermalPressure } = figures;
  const gpuReasons = usesGpu(device) ? figures.gpuSlowedBy : null;
  if (throttleEvents === null && thermalPressure === null && gpuReasons === null)
    return unknown('throttling is not reported here (usual in a virtual machine)');
  // A cap on power is how many cards work all day long; the others are not.
  const grave = gpuReasons?.filter((reason) => reason !== 'power_cap') ?? [];
  const said = [
    ...((throttleEvents ?? 0) > 0 ? [`the processor slowed down ${throttleEvents} times because of heat`] : []),
    ...(thermalPressure === null || thermalPressure === 'Nominal' ? [] : [`thermal pressure was ${thermalPressure}`]),
    ...(grave.length === 0 ? [] : [`the GPU was slowed down (${grave.join(', ')})`]),
  ];
  const value = throttleEvents ?? said.length;
  if (said.length > 0) return check('failed', value, `${said.join('; ')}; cool the machine, or pause between runs`);
  if (gpuReasons !== null && gpuReasons.length > 0)
    return check('doubt', value, "the GPU's clocks were held down by its limit of power");
  return check('ok', value, 'nothing was throttled');
}

function quotaCheck({ figures: { quotaPeriods: periods, quotaThrottledPeriods: throttled } }: MachineFacts): Check {
  const { check, unknown } = checks('quota', limit.quotaThrottledShare, '');
  if (periods === null || throttled === null) return unknown('no quota of processor time is known here');
  if (throttled === 0) return check('ok', 0, 'the quota of processor time never ran out');
  const value = throttled / Math.max(periods, throttled);
  const words = `the quota of processor time ran out in ${throttled} of ${periods} periods, and everything waited for the next; take fewer threads with --threads N, or raise the quota`;
  return check(value > limit.quotaThrottledShare ? 'failed' : 'doubt', value, words);
}

function clockCheck({ figures, device }: MachineFacts): Check {
  const { check, unknown } = checks('clocks', limit.clockFall, '');
  const [most, least] = usesGpu(device)
    ? [figures.gpuClockMaxMhz, figures.gpuClockMinMhz]
    : [figures.clockMaxMhz, figures.clockMinMhz];
  if (most === null || least === null || most === 0) return unknown('no clock frequency is reported here');
  const value = 1 - least / most;
  const seen = `clock between ${least.toFixed(0)} and ${most.toFixed(0)} MHz`;
  if (value <= limit.clockFall) return check('ok', value, seen);
  return check('doubt', value, `${seen}; set the governor to performance, plug in, or warm up longer with --warmup N`);
}

function temperatureCheck({ figures, device }: MachineFacts): Check {
  const { check, unknown } = checks('temperature', limit.temperatureC, '°C');
  const value = usesGpu(device) ? (figures.gpuTemperatureMaxC ?? figures.temperatureMaxC) : figures.temperatureMaxC;
  if (value === null) return unknown('no temperature sensor (usual in a virtual machine)');
  const seen = `at most ${value.toFixed(0)} °C`;
  if (value <= limit.temperatureC) return check('ok', value, seen);
  return check('doubt', value, `${seen}; clocks may have been held down`);
}

function powerSourceCheck({ figures: { onBattery } }: MachineFacts): Check {
  const { check, unknown } = checks('power_source', null, '');
  if (onBattery === null) return unknown('no battery');
  return onBattery
    ? check('doubt', 1, 'on battery; plug in, most machines hold clocks down without')
    : check('ok', 0, 'on mains');
}

function gpuUsersCheck({ figures: { otherGpuProcesses: value }, device }: MachineFacts): Check {
  const { check, unknown } = checks('gpu_users', 0, 'processes');
  if (!usesGpu(device)) return check('ok', value, 'no GPU was used');
  if (value === null) return unknown('other users of the GPU are not reported here');
  if (value === 0) return check('ok', value, 'no other process computed on a GPU');
  const words = `${value} other ${value === 1 ? 'process' : 'processes'} computed on a GPU; end them, or choose another one`;
  return check('failed', value, words);
}

function usesGpu(device: string): boolean {
  return !notGpus.includes(device);
}

function cores(value: number): string {
  return `${value.toFixed(2)} ${value.toFixed(2) === '1.00' ? 'core' : 'cores'}`;
}
