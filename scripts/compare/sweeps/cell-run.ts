/** One run of one cell in a fresh engine process, with a time limit, and its outcome; and several cells at the same time. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../command-line/errors.ts';
import { milliseconds } from '../../command-line/format.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworkNamed } from '../../frameworks/registry.ts';
import { sharedDeviceCode } from '../../log/record-fields.ts';
import type { EndRecord } from '../../log/run-log-format.ts';
import { availableBytes } from '../../machine/facts/usable.ts';
import { resolveModel } from '../../models/resolve.ts';
import { type RunOutcome, runBenchmark } from '../../run/run.ts';
import type { RunPlan, RunReporter } from '../../run/run-plan.ts';
import type { SweepCell } from './cell.ts';

/** @param limitMs Infinity: none */
export async function runCell(
  plan: RunPlan,
  { runBenchmark }: Pick<SweepWorld, 'runBenchmark'>,
  limitMs: number,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<{ outcome: RunOutcome; outOfMemory: boolean }> {
  const limit = new AbortController();
  const timer = Number.isFinite(limitMs) ? setTimeout(() => limit.abort(overTime(limitMs)), limitMs) : undefined;
  const either = AbortSignal.any([signal, limit.signal]);
  const killsBefore = memoryKills();
  try {
    const outcome = await runBenchmark(plan, reporter, either);
    return { outcome, outOfMemory: ranOutOfMemory(outcome.end, memoryKills() - killsBefore) };
  } finally {
    clearTimeout(timer);
  }
}

function overTime(limitMs: number): UserError {
  return new UserError(`the cell took longer than ${milliseconds(limitMs)}`, {
    remedy: 'Raise --cell-timeout, or make the cell smaller.',
  });
}

/** Words of the C++ runtime, Linux, Python, CUDA, ggml and Node. */
const words =
  /bad_alloc|bad alloc|ENOMEM|cannot allocate memory|out of memory|OutOfMemory|MemoryError|(?:unable|failed) to allocate|heap limit/i;

/** @param kills by which the system's counter of processes killed for memory has grown meanwhile */
export function ranOutOfMemory({ status, error }: EndRecord, kills: number): boolean {
  if (status !== 'failed' || error === undefined) return false;
  if (kills > 0 && /SIGKILL/.test(error.message)) return true;
  return words.test(error.message) || words.test(error.stderrTail ?? '');
}

/** Kills in this control group, or else on the machine; 0 where they are not counted. */
function memoryKills(): number {
  for (const [path, counter] of [
    ['/sys/fs/cgroup/memory.events', /^oom_kill (\d+)/m],
    ['/proc/vmstat', /^oom_kill (\d+)/m],
  ] as const) {
    try {
      const count = counter.exec(readFileSync(path, 'utf8'))?.[1];
      if (count !== undefined) return Number(count);
    } catch {
      // Not Linux, or an older one.
    }
  }
  return 0;
}

/** What a sweep needs of the world around it; every part has its real default. */
export interface SweepWorld {
  /** @throws UserError with the names that exist */
  frameworkNamed: (name: string) => Framework;
  resolveModel: typeof resolveModel;
  /** One run of a plan, with a log of its own. */
  runBenchmark: typeof runBenchmark;
  /** Memory that a new process can have, limits of a container included. */
  availableBytes: () => number;
}

export const realWorld: SweepWorld = {
  frameworkNamed,
  resolveModel,
  runBenchmark,
  availableBytes: () => availableBytes(),
};

/** `--parallel`: cells at the same time, only on devices of their own unless the disturbance is accepted, and always with a mark. */
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
