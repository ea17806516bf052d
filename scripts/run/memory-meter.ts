/**
 * Memory of a process tree, read from outside by the harness. Linux has it in /proc, with the high-water mark of each
 * process; elsewhere systeminformation asks the system, and the mark comes from the engine itself (memory-track.ts).
 */
import { writeFileSync } from 'node:fs';
import { processes } from 'systeminformation';
import { readText } from '../machine/facts/system-files.ts';
import { processTree, treeAmong } from '../machine/monitor/processes.ts';

export interface MemberReading {
  readonly pid: number;
  readonly residentBytes: number;
  /** The most it ever had, or had since the mark was reset; where the system reports it. */
  readonly highWaterBytes?: number;
}

export interface MemoryReading {
  /** Sum over the members. */
  readonly residentBytes: number;
  /** The part that lies in no file: the rest are mapped files, weights among them. Only on Linux. */
  readonly anonymousBytes?: number;
  readonly members: readonly MemberReading[];
}

export interface SharedReading extends MemoryReading {
  /** Shared pages divided by their number of users; only on Linux. */
  readonly proportionalBytes?: number;
  /** Pages that no other process has; only on Linux. */
  readonly uniqueBytes?: number;
}

export interface MemoryMeter {
  readonly name: string;
  /** How often it may be asked while an engine works. */
  readonly everyMs: number;
  /** With shared pages: walks every page table, so never between two timed tokens.
   * @param pid root of the process tree; zero bytes when it is gone */
  read(pid: number): Promise<SharedReading>;
  /** Counters alone, as cheaply as they can be had: the engine may be at work. */
  glance(pid: number): Promise<MemoryReading>;
  /** Lets the high-water marks begin anew at what is resident now, where that is permitted. Touches no page. */
  resetHighWater(pid: number): void;
}

export function memoryMeter(platform: NodeJS.Platform = process.platform): MemoryMeter {
  return platform === 'linux' || platform === 'android' ? procMeter : systemMeter;
}

const procMeter: MemoryMeter = {
  name: '/proc of the process tree: VmRSS every 200 ms, the high-water mark VmHWM, Pss and Private of smaps_rollup',
  everyMs: 200,
  async read(pid) {
    const reading = counters(pid);
    let proportionalBytes = 0;
    let uniqueBytes = 0;
    for (const member of reading.members) {
      const rollup = readText(`/proc/${member.pid}/smaps_rollup`) ?? '';
      proportionalBytes += bytesOf(rollup, 'Pss') ?? 0;
      uniqueBytes += (bytesOf(rollup, 'Private_Clean') ?? 0) + (bytesOf(rollup, 'Private_Dirty') ?? 0);
    }
    return proportionalBytes > 0 ? { ...reading, proportionalBytes, uniqueBytes } : reading;
  },
  // Never smaps_rollup here: it walks every page table of the engine and holds the lock of its memory map meanwhile.
  async glance(pid) {
    return counters(pid);
  },
  resetHighWater(pid) {
    for (const member of processTree(pid)) {
      try {
        // 5 resets the mark and nothing else (proc(5)); 1 to 4 would clear the reference bits of every page.
        writeFileSync(`/proc/${member}/clear_refs`, '5');
      } catch {
        // Not ours to write, not in this kernel, or gone: the mark stays, and the next reading shows that it did.
      }
    }
  },
};

function counters(pid: number): MemoryReading {
  const members: MemberReading[] = [];
  let anonymousBytes: number | undefined = 0;
  for (const member of processTree(pid)) {
    const status = readText(`/proc/${member}/status`) ?? '';
    const residentBytes = bytesOf(status, 'VmRSS');
    // A process that has ended and was not yet waited for has no memory any more.
    if (residentBytes === undefined) continue;
    const highWaterBytes = bytesOf(status, 'VmHWM');
    members.push({ pid: member, residentBytes, ...(highWaterBytes === undefined ? {} : { highWaterBytes }) });
    const anonymous = bytesOf(status, 'RssAnon');
    anonymousBytes =
      anonymous === undefined || anonymousBytes === undefined
        ? undefined
        : anonymousBytes + anonymous + (bytesOf(status, 'RssShmem') ?? 0);
  }
  return {
    residentBytes: residentOf(members),
    ...(anonymousBytes === undefined || members.length === 0 ? {} : { anonymousBytes }),
    members,
  };
}

function bytesOf(text: string, field: string): number | undefined {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value) * 1024;
}

function residentOf(members: readonly MemberReading[]): number {
  return members.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

const systemMeter: MemoryMeter = {
  name: "resident set of the process tree by systeminformation every 500 ms, and ru_maxrss as the engine's process tells it",
  everyMs: 500,
  read: (pid) => systemMeter.glance(pid),
  async glance(pid) {
    const { list } = await processes();
    const tree = treeAmong(
      list.map((entry) => ({ pid: entry.pid, parent: entry.parentPid })),
      pid,
    );
    const members = list
      .filter((entry) => tree.has(entry.pid))
      .map((entry) => ({ pid: entry.pid, residentBytes: entry.memRss * 1024 }));
    return { residentBytes: residentOf(members), members };
  },
  // ru_maxrss never comes down.
  resetHighWater() {},
};
