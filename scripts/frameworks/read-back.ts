/** What engines in Node read back alike: the processor, the CPUs that their threads may run on, and common warnings. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { NoteCandidate } from './framework.ts';

export function processorName(): string {
  return (cpus()[0]?.model ?? 'CPU').trim();
}

export function softwareNote(software: boolean, deviceName: string): NoteCandidate {
  return [software, 'software_device', `${deviceName} computes in software; not comparable with a GPU`];
}

export function contextNote(contextTokens: number, trainedFor: number): NoteCandidate {
  const message = `the context of ${contextTokens} tokens is longer than the ${trainedFor} the model was trained for`;
  return [contextTokens > trainedFor, 'context_beyond_training', message];
}

/**
 * CPUs that the threads of this process may run on, as Linux lists them: `0-7`; threads that are bound to CPUs of their own:
 * `0 | 1`. Null when the system does not report them.
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
