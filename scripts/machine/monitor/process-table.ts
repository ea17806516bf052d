/**
 * Whom the processors worked for, where there is no /proc but a `ps`: macOS and BSD. Node tells the time of all processors, `ps`
 * that of each process. A `ps` takes some milliseconds of a core, so it is asked every five seconds.
 */
import { cpus } from 'node:os';
import type { Reading } from '../../log/records/reading.ts';
import { type ConditionSource, usualEveryMs } from './condition-source.ts';
import { findTool, outputOf, poll } from './tool.ts';

const everyMs = 5000;
const query = ['-A', '-o', 'pid=,ppid=,time='];

export const processTable: ConditionSource = {
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
  const own = new Set([root]);
  for (let grown = true; grown; ) {
    const before = own.size;
    for (const { pid, parent } of rows) if (own.has(parent)) own.add(pid);
    grown = own.size > before;
  }
  const ownMsTotal = rows.reduce((sum, { pid, ms }) => (own.has(pid) ? sum + ms : sum), 0);
  return { busyMsTotal, ownMsTotal };
}

/** `1:02.50`, `12:34:56` or `1-02:03:04`. */
function milliseconds(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000 + Number(days) * 86_400_000;
}
