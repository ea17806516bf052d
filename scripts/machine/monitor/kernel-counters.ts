/** Counters of the Linux kernel: processor pressure, swapping, and the quota of the control group. */
import { join } from 'node:path';
import { cpuQuota, quotaPeriods } from '../facts/cgroups.ts';
import { readText } from '../facts/system-files.ts';
import { type MonitorSource, usualEveryMs } from './monitor-source.ts';

/** Time in which a process was ready to run and had no processor: /proc/pressure/cpu, Linux 4.20 and later. */
export const pressure: MonitorSource = {
  name: 'processor pressure',
  async open({ root }) {
    const path = join(root, 'proc/pressure/cpu');
    if (stalledMs(path) === undefined) return { absent: 'the kernel reports no pressure (/proc/pressure/cpu)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const stallMsTotal = stalledMs(path);
          return stallMsTotal === undefined ? {} : { stallMsTotal };
        },
      },
    };
  },
};

/** `total` is in microseconds. */
function stalledMs(path: string): number | undefined {
  const total = /^some .*total=(\d+)/m.exec(readText(path) ?? '')?.[1];
  return total === undefined ? undefined : Number(total) / 1000;
}

const pageBytes = 4096;

/** Swapping: pages in and out since boot, /proc/vmstat. */
export const paging: MonitorSource = {
  name: 'swap',
  async open({ root }) {
    const path = join(root, 'proc/vmstat');
    if (swappedPages(path) === undefined) return { absent: '/proc/vmstat is not readable here' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const pages = swappedPages(path);
          return pages === undefined ? {} : { swappedBytesTotal: pages * pageBytes };
        },
      },
    };
  },
};

function swappedPages(path: string): number | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const [pagesIn, pagesOut] = ['pswpin', 'pswpout'].map((name) => new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return pagesIn === undefined || pagesOut === undefined ? undefined : Number(pagesIn) + Number(pagesOut);
}

/** Periods in which the control group had used up its quota of processor time and all its processes had to wait: cpu.stat. */
export const quota: MonitorSource = {
  name: 'processor quota',
  async open({ root }) {
    const limited = cpuQuota(root);
    if (limited === null) return { absent: 'no control group here has a quota of processor time' };
    if (quotaPeriods(limited) === null) return { absent: 'the control group counts no periods (cpu.stat)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const periods = quotaPeriods(limited);
          return periods === null
            ? {}
            : { quotaPeriodsTotal: periods.elapsed, quotaThrottledPeriodsTotal: periods.throttled };
        },
      },
    };
  },
};
