/**
 * What this process may use of its machine: cores within its affinity (cpusets, taskset) and within its quota of processor time,
 * memory within the limits of its control groups. More threads than these slow decoding down, and more memory ends it.
 */
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { bytes } from '../command-line/format.ts';
import type { Host, Usable } from '../log/records/host-record.ts';
import { type CpuQuota, cpuQuota, type MemoryLimit, memoryLimit } from './cgroups.ts';
import { readText } from './system-files.ts';

/** @param root where proc and sys hang: `/`, outside tests */
export function readUsable(physicalCores: number, root = '/', hostBytes = totalmem()): Usable {
  return usableOf({
    physicalCores,
    ...affinityOf(root),
    quota: cpuQuota(root),
    hostBytes,
    memory: memoryLimit(root),
  });
}

interface UsableFacts {
  physicalCores: number;
  /** Of the scheduler's choice: logical processors, and the cores that they are of. */
  affinityProcessors: number | null;
  affinityCores: number;
  quota: Pick<CpuQuota, 'processors'> | null;
  hostBytes: number;
  memory: Pick<MemoryLimit, 'bytes'> | null;
}

function usableOf(facts: UsableFacts): Usable {
  const { physicalCores, affinityProcessors, affinityCores, quota, hostBytes, memory } = facts;
  const processors = affinityProcessors === 1 ? '1 logical processor' : `${affinityProcessors} logical processors`;
  const bounds: Array<{ by: Usable['coresBoundBy']; cores: number; reason: string }> = [
    { by: 'physical cores', cores: physicalCores, reason: `the machine has ${coresText(physicalCores)}` },
    {
      by: 'affinity',
      cores: affinityCores,
      reason: `the process may run on ${affinityProcessors === null ? coresText(affinityCores) : processors} (affinity)`,
    },
    ...(quota === null
      ? []
      : [
          {
            by: 'quota' as const,
            cores: Math.floor(quota.processors + 1e-9),
            reason: `the control group may use ${Number(quota.processors.toFixed(2))} processors' worth of time (quota)`,
          },
        ]),
  ];
  const narrowest = bounds.reduce((least, each) => (each.cores < least.cores ? each : least));
  return {
    cores: Math.max(1, narrowest.cores),
    coresBoundBy: narrowest.by,
    coresReason: narrowest.reason,
    affinityProcessors,
    quotaProcessors: quota?.processors ?? null,
    memoryBytes: Math.min(hostBytes, memory?.bytes ?? hostBytes),
    memoryBoundBy: memory !== null && memory.bytes < hostBytes ? 'control group' : 'host',
  };
}

/** What the kernel says of this process, sched_setaffinity(2); elsewhere what libuv counts. */
function affinityOf(root: string): Pick<UsableFacts, 'affinityProcessors' | 'affinityCores'> {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText(join(root, 'proc/self/status')) ?? '')?.[1];
  if (list === undefined) return { affinityProcessors: null, affinityCores: availableParallelism() };
  const processors = processorsOf(list);
  return { affinityProcessors: processors.length, affinityCores: coresOf(processors, root) };
}

/** `0-3,8`. */
export function processorsOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Two logical processors of one core are one. */
function coresOf(processors: readonly number[], root: string): number {
  const cores = processors.map((processor) => {
    const folder = join(root, `sys/devices/system/cpu/cpu${processor}/topology`);
    const siblings = readText(join(folder, 'core_cpus_list')) ?? readText(join(folder, 'thread_siblings_list'));
    return siblings?.trim() ?? String(processor);
  });
  return new Set(cores).size;
}

/** In words; null where so many threads have a core each. */
export function beyondUsable(threads: number, { cores, coresReason }: Usable): string | null {
  if (threads <= cores) return null;
  return `${threads} threads share ${coresText(cores)}: ${coresReason}; take --threads ${cores} or fewer`;
}

/** Memory that a new process can have: of the host, and of every control group above this process. */
export function availableBytes(root = '/'): number {
  const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(readText(join(root, 'proc/meminfo')) ?? '')?.[1];
  const ofHost = kilobytes === undefined ? process.availableMemory() : Number(kilobytes) * 1024;
  return Math.min(ofHost, memoryLimit(root)?.freeBytes ?? ofHost);
}

function coresText(cores: number): string {
  return cores === 1 ? '1 core' : `${cores} cores`;
}

/** `16 cores, 68.7 GB of memory`, with what may be used of them where that is less. */
export function coresAndMemory({ physicalCores, memoryBytes, usable }: Host): string {
  const cores =
    usable === undefined || usable.coresBoundBy === 'physical cores'
      ? ''
      : ` (${usable.cores} may be used: ${usable.coresReason})`;
  const memory =
    usable === undefined || usable.memoryBoundBy === 'host' ? '' : ` (${bytes(usable.memoryBytes)} may be used)`;
  return `${coresText(physicalCores)}${cores}, ${bytes(memoryBytes)} of memory${memory}`;
}
