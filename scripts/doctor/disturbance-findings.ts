/** What will disturb measurements on this machine: the run-quality checks while nothing runs, and its settings. */
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from 'systeminformation';
import { bytes } from '../command-line/format.ts';
import { clockSince, monotonicNow } from '../engine/clock.ts';
import type { Check, ConditionsRecord } from '../log/records/certificate-records.ts';
import type { Host } from '../log/records/host-record.ts';
import { readNumber, readText } from '../machine/facts/system-files.ts';
import { thisHost } from '../machine/monitor/monitor-source.ts';
import { processTree } from '../machine/monitor/processes.ts';
import { SystemMonitor } from '../machine/monitor/system-monitor.ts';
import { conditionFigures } from '../results/figures/condition-figures.ts';
import { qualityLimits } from '../results/limits.ts';
import { machineChecks } from '../run/quality/machine-checks.ts';
import type { Finding } from './findings.ts';

const part = 'What disturbs';

/** Longer than the checks need, so that occasional disturbances show too. */
const watchMs = 2250;

/** Watches the machine for some seconds. */
export async function disturbanceFindings(host: Host, signal: AbortSignal): Promise<Finding[]> {
  const now = clockSince(monotonicNow());
  const records: ConditionsRecord[] = [];
  // The first call starts counting, the second one reports the use since then.
  await processes();
  const watch = await SystemMonitor.open(thisHost(now), (atNs, reading) => {
    records.push({ type: 'conditions', atNs, ...reading });
  });
  const startNs = now();
  try {
    watch.sample();
    await sleep(watchMs, undefined, { signal }).catch(() => {});
    watch.sample();
  } finally {
    watch.close();
  }
  const endNs = now();
  const checks = machineChecks({
    figures: conditionFigures(records, { startNs, endNs }),
    windowMs: (endNs - startNs) / 1e6,
    virtualized: host.virtualized,
    stealIsCounted: records.some(({ stealMsTotal = 0 }) => stealMsTotal > 0),
    logicalCores: host.logicalCores,
    device: host.gpus.length === 0 ? 'cpu' : 'gpu',
    served: false,
  });
  return [...checks.map(findingOf), ...(await busyFindings(host)), ...settingFindings(host)];
}

const names: Partial<Record<Check['name'], string>> = {
  others_cpu: 'other programs',
  steal: 'virtual machines',
  power_source: 'power',
  gpu_users: 'GPU users',
};

function findingOf({ name, verdict, words }: Check): Finding {
  const found = { part, name: names[name] ?? name, text: words } as const;
  switch (verdict) {
    case 'ok':
    case 'unknown':
      return { ...found, state: verdict };
    case 'doubt':
    case 'failed':
      return { ...found, state: 'note' };
    default:
      return verdict satisfies never;
  }
}

const mostShown = 3;

/** Processes that use the processor, without the doctor, its shell and npx. */
async function busyFindings({ logicalCores }: Host): Promise<Finding[]> {
  const { list } = await processes();
  const parents = new Map(list.map(({ pid, parentPid }) => [pid, parentPid]));
  const ours = new Set(processTree(process.pid));
  for (let pid = parents.get(process.pid); pid !== undefined && pid > 1 && !ours.has(pid); pid = parents.get(pid)) {
    ours.add(pid);
  }
  return list
    .filter(({ pid }) => !ours.has(pid))
    .map(({ name, pid, cpu }) => ({ name, pid, cores: (cpu / 100) * logicalCores }))
    .filter(({ cores }) => cores >= qualityLimits.othersCores.failed)
    .sort((one, other) => other.cores - one.cores)
    .slice(0, mostShown)
    .map(({ name, pid, cores }) => ({
      part,
      name: 'busy process',
      state: 'note' as const,
      text: `${name} (process ${pid}) uses ${cores.toFixed(1)} cores; end it, or measure when it has ended`,
    }));
}

export function settingFindings(host: Host, root = '/'): Finding[] {
  return [governorFinding(host), turboFinding(root), virtualFinding(host), swapFinding(root)].flat();
}

function governorFinding({ governor, platform }: Host): Finding[] {
  if (governor === null || governor === undefined) {
    return platform === 'linux' ? [{ part, name: 'governor', state: 'unknown', text: 'not reported here' }] : [];
  }
  if (governor === 'performance') return [{ part, name: 'governor', state: 'ok', text: governor }];
  const next = 'sudo cpupower frequency-set -g performance';
  return [{ part, name: 'governor', state: 'note', text: `${governor}: clocks follow the load`, next }];
}

/** State of intel_pstate or of another driver. */
function turboFinding(root: string): Finding[] {
  const cpu = `${root}sys/devices/system/cpu`;
  const off = readNumber(`${cpu}/intel_pstate/no_turbo`);
  const on = readNumber(`${cpu}/cpufreq/boost`) ?? (off === undefined ? undefined : 1 - off);
  if (on === undefined) return [];
  const text = on === 0 ? 'off: clocks are steadier' : 'on: the first seconds may be faster than the rest';
  return [{ part, name: 'turbo', state: 'ok', text }];
}

function virtualFinding({ hypervisor, container, virtualized }: Host): Finding[] {
  const said = [
    ...(virtualized === true ? [`a virtual machine (${hypervisor ?? 'of an unknown kind'})`] : []),
    ...(container === null || container === undefined ? [] : [`a container (${container})`]),
  ];
  if (said.length === 0) return [{ part, name: 'hardware', state: 'ok', text: 'no virtual machine, no container' }];
  const text = `${said.join(', ')}: neighbours and heat are partly out of sight`;
  return [{ part, name: 'hardware', state: 'note', text }];
}

function swapFinding(root: string): Finding[] {
  const meminfo = readText(`${root}proc/meminfo`) ?? '';
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  const used = (kilobytes('SwapTotal') - kilobytes('SwapFree')) * 1024;
  if (used === 0) return [{ part, name: 'swap in use', state: 'ok', text: 'none' }];
  const next = 'Close other programs, or take a smaller model.';
  return [{ part, name: 'swap in use', state: 'note', text: `${bytes(used)} of memory are on the disk`, next }];
}
