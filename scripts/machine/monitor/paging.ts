/** Swapping: pages in and out since boot, /proc/vmstat. */
import { join } from 'node:path';
import { readText } from '../system-files.ts';
import { type ConditionSource, usualEveryMs } from './condition-source.ts';

const pageBytes = 4096;

export const paging: ConditionSource = {
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
