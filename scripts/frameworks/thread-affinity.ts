/** On which CPUs the threads of this process may run, as the system has it. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPUs as Linux lists them: `0-7`; threads that are bound to CPUs of their own: `0 | 1`. Null where the system does not tell.
 * @param tasks folder with one entry a thread, proc_pid_task(5)
 */
export function threadAffinity(tasks = '/proc/self/task'): string | null {
  const lists = new Set<string>();
  for (const task of entriesOf(tasks)) {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(statusOf(`${tasks}/${task}/status`))?.[1];
    if (list !== undefined) lists.add(list);
  }
  return lists.size === 0 ? null : [...lists].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).join(' | ');
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty for a thread that has ended meanwhile. */
function statusOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
