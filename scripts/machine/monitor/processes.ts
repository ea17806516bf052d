/** Processor time of the whole machine and of Tokenlap's own processes; the difference is the work of others. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Reading } from '../../log/records/certificate-records.ts';
import { namesIn, readText } from '../facts/system-files.ts';
import { findTool, type MonitorSource, outputOf, poll, usualEveryMs } from './monitor-source.ts';

/** A process and all its descendants, from /proc. */
export function processTree(pid: number, proc = '/proc'): number[] {
  const children = readText(join(proc, `${pid}/task/${pid}/children`));
  const ids = children === undefined ? childrenByParent(pid, proc) : children.split(' ').filter(Boolean).map(Number);
  return [pid, ...ids.flatMap((child) => processTree(child, proc))];
}

/** For kernels without a list of children (CONFIG_PROC_CHILDREN). */
function childrenByParent(pid: number, proc: string): number[] {
  return namesIn(proc, /^\d+$/)
    .map(Number)
    .filter((entry) => Number(/^PPid:\s+(\d+)/m.exec(readText(join(proc, `${entry}/status`)) ?? '')?.[1]) === pid);
}

/** A process and all its descendants, from a table of all processes. */
export function treeAmong(rows: ReadonlyArray<{ pid: number; parent: number }>, root: number): Set<number> {
  const tree = new Set([root]);
  for (let before = 0; tree.size > before; ) {
    before = tree.size;
    for (const { pid, parent } of rows) if (tree.has(parent)) tree.add(pid);
  }
  return tree;
}

/** USER_HZ is 100 on every architecture that runs Node. */
const msPerTick = 10;

/**
 * Linux: /proc/stat has the time of the machine, /proc/<pid>/stat that of each process, proc(5). The load average would not do,
 * since it lags by a minute and includes Tokenlap's own threads.
 */
export const processorTime: MonitorSource = {
  name: 'processor time',
  async open({ platform, root, pid }) {
    if (platform !== 'linux' && platform !== 'android') return { absent: 'no /proc on this system' };
    const proc = join(root, 'proc');
    if (machineTime(proc) === undefined) return { absent: '/proc/stat is not readable (Android keeps it from apps)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        // The own part comes last, so that it includes the cost of the sample.
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

/** Includes the children that each process has waited for, so that ended processes count too. */
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

const everyMs = 5000;
const query = ['-A', '-o', 'pid=,ppid=,time='];

/**
 * macOS and BSD, which have no /proc but a `ps`: Node reports the time of all processors, `ps` that of each process. A `ps` takes
 * some milliseconds of a core, so it runs every five seconds only.
 */
export const processTable: MonitorSource = {
  name: 'process table',
  async open(host) {
    if (!['darwin', 'freebsd', 'openbsd'].includes(host.platform)) return { absent: 'only where there is no /proc' };
    const tool = findTool(host, 'ps');
    const first = tool === undefined ? undefined : await outputOf(tool, query);
    if (tool === undefined || first === undefined) return { absent: 'no ps' };
    let times: Reading = timesOf(first, host.pid);
    const polling = poll(tool, query, everyMs, (text) => {
      times = timesOf(text, host.pid);
    });
    const read = () => {
      const latest = times;
      // The same counters again would look like a machine at rest.
      times = {};
      return latest;
    };
    return { sampler: { everyMs: usualEveryMs, read, close: polling.close } };
  },
};

function timesOf(text: string, root: number): { busyMsTotal: number; ownMsTotal: number } {
  const busyMsTotal = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const rows = text.split('\n').flatMap((line) => {
    const [pid, parent, time] = line.trim().split(/\s+/);
    return time === undefined ? [] : { pid: Number(pid), parent: Number(parent), ms: milliseconds(time) };
  });
  const own = treeAmong(rows, root);
  const ownMsTotal = rows.reduce((sum, { pid, ms }) => (own.has(pid) ? sum + ms : sum), 0);
  return { busyMsTotal, ownMsTotal };
}

/** `1:02.50`, `12:34:56` or `1-02:03:04`. */
function milliseconds(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000 + Number(days) * 86_400_000;
}
