/** Whether a process that wrote its number down is still the one that does its work. */
import { readFileSync } from 'node:fs';
import { isSystemError } from './errors.ts';

/**
 * Whether a process of this machine is still at work; also one of another person, which may not be signalled. One that has
 * ended and whom its parent has not yet asked about (a zombie, common in containers) holds its number and nothing else.
 */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EPERM') return false;
  }
  const state = statOf(pid)?.[0];
  return state === undefined || !['Z', 'X', 'x'].includes(state);
}

/**
 * Tells a process from a later one that got its number: the boot of the machine and the tick of the process's start after it
 * (proc_pid_stat(5), starttime). Null where the system does not report it, and for a process that is gone.
 */
export function processStart(pid: number): string | null {
  const ticks = statOf(pid)?.[startTimeField];
  if (ticks === undefined) return null;
  boot ??= textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot.slice(0, 8)}-${ticks}`;
}

/** The 22nd field, counted from the state, which is the third. */
const startTimeField = 19;
let boot: string | undefined;

/** The fields after the name of the program, which stands in brackets and may have some of its own. */
function statOf(pid: number): string[] | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
