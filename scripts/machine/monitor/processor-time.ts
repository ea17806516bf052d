/**
 * Whom the processors worked for: /proc/stat has all of it, /proc/<pid>/stat the part of each process, proc(5). What is left
 * is the work of others. The load average would not do: it lags by a minute, and counts our own threads.
 */
import { join } from 'node:path';
import { readText } from '../system-files.ts';
import { type ConditionSource, usualEveryMs } from './condition-source.ts';
import { processTree } from './process-tree.ts';

/** USER_HZ is 100 on every architecture that runs Node. */
const msPerTick = 10;

export const processorTime: ConditionSource = {
  name: 'processor time',
  async open({ platform, root, pid }) {
    if (platform !== 'linux' && platform !== 'android') return { absent: 'no /proc on this system' };
    const proc = join(root, 'proc');
    if (machineTime(proc) === undefined) return { absent: '/proc/stat is not readable (Android keeps it from apps)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        // Our part last: what the sample itself costs is then ours.
        read: () => ({ ...machineTime(proc), ownMsTotal: treeTime(pid, proc) }),
      },
    };
  },
};

function machineTime(proc: string): { busyMsTotal: number; stealMsTotal: number } | undefined {
  const fields = /^cpu +(.+)$/m
    .exec(readText(join(proc, 'stat')) ?? '')?.[1]
    ?.split(' ')
    .map(Number);
  if (fields === undefined) return undefined;
  // `guest` is counted in `user` already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return { busyMsTotal: (user + nice + system + irq + softirq) * msPerTick, stealMsTotal: steal * msPerTick };
}

/** With the children that each has waited for: what ended is not lost. */
function treeTime(pid: number, proc: string): number {
  let ticks = 0;
  for (const member of processTree(pid, proc)) {
    // The name in parentheses may have blanks in it; utime, stime, cutime, cstime are fields 14 to 17.
    const stat = readText(join(proc, `${member}/stat`));
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const field of fields?.slice(11, 15) ?? []) ticks += Number(field);
  }
  return ticks * msPerTick;
}
