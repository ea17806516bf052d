/** Time in which something was ready to run and had no processor: /proc/pressure/cpu, Linux 4.20 and later. */
import { join } from 'node:path';
import { readText } from '../system-files.ts';
import { type ConditionSource, usualEveryMs } from './condition-source.ts';

export const pressure: ConditionSource = {
  name: 'processor pressure',
  async open({ root }) {
    const path = join(root, 'proc/pressure/cpu');
    if (stalledMs(path) === undefined) return { absent: 'the kernel tells no pressure (/proc/pressure/cpu)' };
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
