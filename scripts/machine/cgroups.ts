/**
 * Control groups that this process is in, and what they allow: cgroups(7). A limit of any group up to the top holds, so all of
 * them are read: both versions, as far up as they are mounted here.
 */
import { join, relative } from 'node:path';
import { readNumber, readText } from './system-files.ts';

type Controller = 'cpu' | 'memory';

interface Cgroup {
  version: 1 | 2;
  folder: string;
}

/**
 * The nearest group first, then those above it.
 * @param root where proc and sys hang: `/`, outside tests
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

/** In a container the group that is mounted may be its own already, or one that lies elsewhere. */
function upwards({ group, point }: Mount, path: string): string[] {
  const below = relative(group, path);
  const names = below === '' || below.startsWith('..') ? [] : below.split('/');
  return Array.from({ length: names.length + 1 }, (_, up) => join(point, ...names.slice(0, names.length - up)));
}

export interface CpuQuota {
  /** Processors' worth of time; 1.5 is three of two processors' halves. */
  processors: number;
  /** Of all groups that have one, for what they count of it. */
  groups: readonly Cgroup[];
}

/** The narrowest; null where there is none. */
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

/** Of the group that had to wait most. */
export function quotaPeriods({ groups }: Pick<CpuQuota, 'groups'>): QuotaPeriods | null {
  const counted = groups.flatMap(({ folder }) => {
    const text = readText(join(folder, 'cpu.stat')) ?? '';
    const [elapsed, throttled] = ['nr_periods', 'nr_throttled'].map((name) => counter(text, name));
    return elapsed === null || elapsed === undefined || throttled == null ? [] : [{ elapsed, throttled }];
  });
  return counted.toSorted((a, b) => b.throttled - a.throttled)[0] ?? null;
}

export interface MemoryLimit {
  /** That all processes of the group may have, and that is left of it. */
  bytes: number;
  freeBytes: number;
}

/** Narrowest limit and least that is left; null where there is no limit. */
export function memoryLimit(root = '/'): MemoryLimit | null {
  const limits = cgroupsOf('memory', root).flatMap((group) => memoryLimitOf(group) ?? []);
  if (limits.length === 0) return null;
  return {
    bytes: Math.min(...limits.map(({ bytes }) => bytes)),
    freeBytes: Math.min(...limits.map(({ freeBytes }) => freeBytes)),
  };
}

/** What version 1 writes for no limit: the largest number of whole pages. */
const unlimited = 2 ** 62;

function memoryLimitOf({ version, folder }: Cgroup): MemoryLimit | null {
  const [limitFile, usageFile, idleName] =
    version === 2
      ? ['memory.max', 'memory.current', 'inactive_file']
      : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'];
  const statistics = readText(join(folder, 'memory.stat')) ?? '';
  // Version 1 tells the limits of groups above that are not mounted here.
  const above = version === 1 ? counter(statistics, 'hierarchical_memory_limit') : null;
  const bytes = Math.min(readNumber(join(folder, limitFile)) ?? unlimited, above ?? unlimited);
  if (bytes >= unlimited) return null;
  // Pages of files that nobody uses give way.
  const used = (readNumber(join(folder, usageFile)) ?? 0) - (counter(statistics, idleName) ?? 0);
  return { bytes, freeBytes: Math.max(0, bytes - Math.max(0, used)) };
}

function counter(text: string, name: string): number | null {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? null : Number(value);
}
