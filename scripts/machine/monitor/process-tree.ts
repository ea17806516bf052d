/** A process and all its descendants, from /proc. */
import { join } from 'node:path';
import { namesIn, readText } from '../system-files.ts';

export function processTree(pid: number, proc = '/proc'): number[] {
  const children = readText(join(proc, `${pid}/task/${pid}/children`));
  const ids = children === undefined ? childrenByParent(pid, proc) : children.split(' ').filter(Boolean).map(Number);
  return [pid, ...ids.flatMap((child) => processTree(child, proc))];
}

/** For kernels that keep no list of children (CONFIG_PROC_CHILDREN). */
function childrenByParent(pid: number, proc: string): number[] {
  return namesIn(proc, /^\d+$/)
    .map(Number)
    .filter((entry) => Number(/^PPid:\s+(\d+)/m.exec(readText(join(proc, `${entry}/status`)) ?? '')?.[1]) === pid);
}
