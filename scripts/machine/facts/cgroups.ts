/**
 * Limits of the control groups of this process: cgroups(7). The limit of any group up to the top applies, so all of them are read,
 * in both versions and as far up as they are mounted.
 */
import { join, relative } from 'node:path';
import { readNumber, readText } from './system-files.ts';

type Controller = 'cpu' | 'memory';

interface Cgroup {
  version: 1 | 2;
  folder: string;
}

/**
 * Lists the groups of this process, the nearest first.
 * @param root folder that contains proc and sys: `/` outside tests
 */
function cgroupsOf(controller: Controller, root = '/'): Cgroup[] {
  const mounts = mountsOf(readText(join(root, 'proc/self/mountinfo')) ?? '', controller);
  return (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n').flatMap((line) => {
    const [hierarchy, controllers = '', ...path] = line.split(':');
    const version = hierarchy === '0' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) return [];
    const mount = mounts.find((each) => each.version === version);
    if (mount === undefined) return [];
    return upwards(mount, path.join(':')).map((folder) => ({ version, folder: join(root, folder) }));
  });
}

interface Mount {
  version: 1 | 2;
  /** The group that is mounted there, and where. */
  group: string;
  point: string;
}

/** proc_pid_mountinfo(5): `id parent major:minor root point options ... - type source options`. */
function mountsOf(text: string, controller: Controller): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , group, point] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (group === undefined || point === undefined) return [];
    if (type === 'cgroup2') return { version: 2, group, point };
    return type === 'cgroup' && options.split(',').includes(controller) ? { version: 1, group, point } : [];
  });
}

/** In a container the mounted group may be that of the container, or one elsewhere. */
function upwards({ group, point }: Mount, path: string): string[] {
  const below = relative(group, path);
  const names = below === '' || below.startsWith('..') ? [] : below.split('/');
  return Array.from({ length: names.length + 1 }, (_, up) => join(point, ...names.slice(0, names.length - up)));
}

export interface CpuQuota {
  /** Processors' worth of time; 1.5 is three of two processors' halves. */
  processors: number;
  /** All groups that have a quota, for their counters. */
  groups: readonly Cgroup[];
}

/** The narrowest quota; null when there is none. */
export function cpuQuota(root = '/'): CpuQuota | null {
  const limited = cgroupsOf('cpu', root).flatMap((group) => {
    const processors = quotaOf(group);
    return processors === null ? [] : [{ group, processors }];
  });
  if (limited.length === 0) return null;
  return {
    processors: Math.min(...limited.map(({ processors }) => processors)),
    groups: limited.map(({ group }) => group),
  };
}

function quotaOf({ version, folder }: Cgroup): number | null {
  const [quota, period] =
    version === 2
      ? (readText(join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number)
      : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => readNumber(join(folder, name)));
  // `max` and -1 are none.
  return quota === undefined || period === undefined || !(quota > 0 && period > 0) ? null : quota / period;
}

/** Periods of a quota, and those in which it was used up and everything had to wait. Counters. */
export interface QuotaPeriods {
  elapsed: number;
  throttled: number;
}

/** Periods of the group that had to wait most. */
export function quotaPeriods({ groups }: Pick<CpuQuota, 'groups'>): QuotaPeriods | null {
  const counted = groups.flatMap(({ folder }) => {
    const text = readText(join(folder, 'cpu.stat')) ?? '';
    const [elapsed, throttled] = ['nr_periods', 'nr_throttled'].map((name) => counter(text, name));
    return elapsed === null || elapsed === undefined || throttled == null ? [] : [{ elapsed, throttled }];
  });
  return counted.toSorted((a, b) => b.throttled - a.throttled)[0] ?? null;
}

export interface MemoryLimit {
  /** Memory that all processes of the group may use, and the rest of it. */
  bytes: number;
  freeBytes: number;
}

/** The narrowest limit and the least free memory; null when there is no limit. */
export function memoryLimit(root = '/'): MemoryLimit | null {
  const limits = cgroupsOf('memory', root).flatMap((group) => memoryLimitOf(group) ?? []);
  if (limits.length === 0) return null;
  return {
    bytes: Math.min(...limits.map(({ bytes }) => bytes)),
    freeBytes: Math.min(...limits.map(({ freeBytes }) => freeBytes)),
  };
}

/** Version 1 writes the largest number of whole pages for no limit. */
const unlimited = 2 ** 62;

function memoryLimitOf({ version, folder }: Cgroup): MemoryLimit | null {
  const [limitFile, usageFile, idleName] =
    version === 2
      ? ['memory.max', 'memory.current', 'inactive_file']
      : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'];
  const statistics = readText(join(folder, 'memory.stat')) ?? '';
  // Version 1 reports the limits of parent groups that are not mounted.
  const above = version === 1 ? counter(statistics, 'hierarchical_memory_limit') : null;
  const bytes = Math.min(readNumber(join(folder, limitFile)) ?? unlimited, above ?? unlimited);
  if (bytes >= unlimited) return null;
  // Inactive pages of files can be reclaimed.
  const used = (readNumber(join(folder, usageFile)) ?? 0) - (counter(statistics, idleName) ?? 0);
  return { bytes, freeBytes: Math.max(0, bytes - Math.max(0, used)) };
}

function counter(text: string, name: string): number | null {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? null : Number(value);
}
