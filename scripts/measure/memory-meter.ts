/**
 * Memory of the engine's process tree, read from outside by the harness. Linux tells it in /proc; elsewhere systeminformation
 * asks the system.
 */
import { processes } from 'systeminformation';
import { processTree } from '../conditions/process-tree.ts';
import { readText } from '../hardware/system-files.ts';

interface MemoryReading {
  residentBytes: number;
  /** Shared pages divided by their number of users; only Linux tells. */
  proportionalBytes?: number;
  /** Pages that no other process has; only Linux tells. */
  uniqueBytes?: number;
}

export interface MemoryMeter {
  readonly name: string;
  /** @param pid root of the process tree; zero bytes when it is gone */
  read(pid: number): Promise<MemoryReading>;
  /** The resident set alone, as cheaply as it can be had: the engine may be at work. */
  glance(pid: number): Promise<number>;
}

export function memoryMeter(platform: NodeJS.Platform = process.platform): MemoryMeter {
  return platform === 'linux' || platform === 'android' ? procMeter : systemMeter;
}

const procMeter: MemoryMeter = {
  name: '/proc VmRSS and smaps_rollup Pss of the process tree',
  async read(pid) {
    let residentBytes = 0;
    let proportionalBytes = 0;
    let uniqueBytes = 0;
    for (const member of processTree(pid)) {
      residentBytes += kilobytesOf(member, 'status', 'VmRSS') * 1024;
      proportionalBytes += kilobytesOf(member, 'smaps_rollup', 'Pss') * 1024;
      uniqueBytes += kilobytesOf(member, 'smaps_rollup', 'Private_Clean') * 1024;
      uniqueBytes += kilobytesOf(member, 'smaps_rollup', 'Private_Dirty') * 1024;
    }
    return proportionalBytes > 0 ? { residentBytes, proportionalBytes, uniqueBytes } : { residentBytes };
  },
  // Never smaps_rollup here: it walks every page table of the engine and holds the lock of its memory map meanwhile.
  async glance(pid) {
    return processTree(pid).reduce((sum, member) => sum + kilobytesOf(member, 'status', 'VmRSS') * 1024, 0);
  },
};

function kilobytesOf(pid: number, file: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readText(`/proc/${pid}/${file}`) ?? '')?.[1];
  return value === undefined ? 0 : Number(value);
}

const systemMeter: MemoryMeter = {
  name: 'resident set of the process tree by systeminformation',
  async read(pid) {
    return { residentBytes: await systemMeter.glance(pid) };
  },
  async glance(pid) {
    const { list } = await processes();
    const members = new Set([pid]);
    for (let grown = true; grown; ) {
      const before = members.size;
      for (const entry of list) if (members.has(entry.parentPid)) members.add(entry.pid);
      grown = members.size > before;
    }
    return list.filter((entry) => members.has(entry.pid)).reduce((sum, entry) => sum + entry.memRss * 1024, 0);
  },
};
