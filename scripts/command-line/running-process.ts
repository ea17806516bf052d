import { isSystemError } from './errors.ts';

/** Whether a process of this machine is still there; also one of another person, which may not be signalled. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}
