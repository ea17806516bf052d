/** The last cache as Linux tells it in /sys, one for each group of cores that shares it; elsewhere as other tools do. */
import { join } from 'node:path';
import type { Machine } from '../log/hardware/hardware-log-format.ts';
import { namesIn, readNumber, readText } from './system-files.ts';

type LastCacheTold = NonNullable<Machine['caches']['last']>;

export interface CacheSources {
  /** As systeminformation has them: bytes of all of a level together. */
  l2: number | null;
  l3: number | null;
  /** Where proc and sys hang: `/`, outside tests. */
  root: string;
}

/** Null where nobody tells any. */
export function lastCacheTold({ l2, l3, root }: CacheSources): LastCacheTold | null {
  const sysfs = lastInSys(root);
  if (sysfs !== null && sysfs.level >= 3) return sysfs;
  if (l3 !== null) return { level: 3, bytesEach: l3, instances: 1, toldBy: 'systeminformation' };
  const listed = thirdInCpuinfo(root, l2);
  if (listed !== null) return { level: 3, bytesEach: listed, instances: 1, toldBy: '/proc/cpuinfo' };
  if (sysfs !== null) return sysfs;
  return l2 === null ? null : { level: 2, bytesEach: l2, instances: 1, toldBy: 'systeminformation' };
}

/** Files of /sys/devices/system/cpu/cpuN/cache/indexN: sysfs-devices-system-cpu. */
function lastInSys(root: string): LastCacheTold | null {
  const processors = join(root, 'sys/devices/system/cpu');
  const found = namesIn(processors, /^cpu\d+$/).flatMap((cpu) => {
    const folder = join(processors, cpu, 'cache');
    return namesIn(folder, /^index\d+$/).flatMap((index) => {
      const of = (name: string) => readText(join(folder, index, name))?.trim();
      const bytes = bytesOf(of('size'));
      const level = readNumber(join(folder, index, 'level'));
      if (level === undefined || bytes === null || of('type') === 'Instruction') return [];
      return { level, bytes, sharedBy: of('shared_cpu_list') ?? cpu };
    });
  });
  const level = Math.max(0, ...found.map((cache) => cache.level));
  const last = found.filter((cache) => cache.level === level);
  const [first] = last;
  if (first === undefined) return null;
  return {
    level,
    // Kinds of cores may differ; the smaller holds for a thread that may run on either.
    bytesEach: Math.min(...last.map(({ bytes }) => bytes)),
    instances: new Set(last.map(({ sharedBy }) => sharedBy)).size,
    toldBy: '/sys',
  };
}

/** `32768K`, `2M`. */
function bytesOf(text: string | undefined): number | null {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/.exec(text ?? '') ?? [];
  const bytes = Number(digits) * ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit] ?? 1);
  return bytes > 0 ? bytes : null;
}

/** Intel's `cache size` is the largest cache; AMD's is the second of a core. */
function thirdInCpuinfo(root: string, l2: number | null): number | null {
  const text = readText(join(root, 'proc/cpuinfo')) ?? '';
  const kilobytes = /^cache size\s*:\s*(\d+) KB$/m.exec(text)?.[1];
  if (!/^vendor_id\s*:\s*GenuineIntel$/m.test(text) || kilobytes === undefined) return null;
  const bytes = Number(kilobytes) * 1024;
  return l2 !== null && bytes > l2 ? bytes : null;
}
