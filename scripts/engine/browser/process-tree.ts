/** Ends a browser with everything that it started. */
import { type ChildProcess, spawnSync } from 'node:child_process';

/** Its processes are a group of their own, which may outlive the first of them. */
export function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All are gone already.
  }
}
