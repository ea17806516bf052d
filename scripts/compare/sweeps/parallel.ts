/** `--parallel`: cells at the same time, only on devices of their own unless the disturbance is accepted, and always with a mark. */

import { sharedDeviceCode } from '../../log/shared-device.ts';
import type { RunPlan } from '../../run/run-plan.ts';
import type { SweepCell } from './cell.ts';

export interface ParallelRules {
  /** Most cells at a time. */
  parallel: number;
  /** Whether cells may share a device. */
  acceptDisturbance: boolean;
}

const besideCode = 'other_devices_busy';

/** The note in the log of such a run. */
export function parallelDoubt({ parallel, acceptDisturbance }: ParallelRules): Pick<RunPlan, 'doubts'> {
  if (parallel === 1) return {};
  const message = acceptDisturbance
    ? `up to ${parallel} cells of the sweep ran at the same time, on whatever device: its speed is not the machine's`
    : `up to ${parallel} cells of the sweep ran at the same time, each on a device of its own`;
  return { doubts: [{ code: acceptDisturbance ? sharedDeviceCode : besideCode, message }] };
}

/**
 * Works on the cells in their order, as many at a time as the rules allow.
 * @returns the results of those that were begun, in the order in which they ended
 * @throws what `work` throws, when the others have ended
 */
export async function inParallel<T>(
  cells: readonly SweepCell[],
  rules: ParallelRules,
  signal: AbortSignal,
  work: (cell: SweepCell) => Promise<T>,
): Promise<T[]> {
  const waiting = [...cells];
  const running = new Map<SweepCell, Promise<void>>();
  const results: T[] = [];
  const failures: unknown[] = [];
  while (running.size > 0 || (waiting.length > 0 && failures.length === 0 && !signal.aborted)) {
    const goesOn = failures.length === 0 && !signal.aborted && running.size < rules.parallel;
    const next = goesOn ? waiting.findIndex((cell) => fitsBeside(cell, [...running.keys()], rules)) : -1;
    const [cell] = next === -1 ? [] : waiting.splice(next, 1);
    if (cell === undefined) {
      await Promise.race(running.values());
      continue;
    }
    const ended = work(cell).then(
      (result) => void results.push(result),
      (error: unknown) => void failures.push(error),
    );
    running.set(
      cell,
      ended.then(() => void running.delete(cell)),
    );
  }
  if (failures.length > 0) throw failures[0];
  return results;
}

/** The device that `auto` takes is not known beforehand: such a cell runs alone. */
function fitsBeside(cell: SweepCell, running: readonly SweepCell[], { acceptDisturbance }: ParallelRules): boolean {
  if (running.length === 0 || acceptDisturbance) return true;
  const devices = [cell, ...running].map(({ options }) => options.device);
  return !devices.includes('auto') && new Set(devices).size === devices.length;
}
