/** The cells of a sweep as they are run: options, iteration, and the id by which a log says which of them it is. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { sharedDeviceCode } from '../../log/record-fields.ts';
import { partsByName } from '../../models/gguf/split.ts';
import type { RunPlan } from '../../run/run-plan.ts';
import { interleave } from '../../statistics/seeded-random.ts';
import { defaultQuestionsFile } from '../../workloads/questions/questions.ts';
import { type CellOptions, decides, workloadOf } from './cell-options.ts';
import { decisiveText } from './grid.ts';
import type { SweepFile } from './sweep-file.ts';

export interface SweepCell {
  /** Hash of everything that decides it, its iteration included: 16 hexadecimal digits. */
  id: string;
  options: CellOptions;
  iteration: number;
}

/**
 * All cells in the order in which they run: round after round, A B B A, drawn from the seed.
 * @param cores threads of cells that name none
 */
export function cellsInOrder(
  grid: readonly CellOptions[],
  file: Pick<SweepFile, 'iterations' | 'orderSeed'>,
  cores: number,
) {
  const cells = new Map<string, CellOptions>();
  for (const options of grid) {
    const settled = { ...options, threads: options.threads ?? cores };
    cells.set(decisiveText(settled), settled);
  }
  return interleave([...cells.values()], file.iterations, file.orderSeed).map(
    ({ cell: options, iteration }): SweepCell => ({ id: cellId(options, iteration), options, iteration }),
  );
}

/**
 * The same for the same options, whatever their order in the file, and whether a default was written down.
 * A file of weights or questions counts by what it is now.
 */
export function cellId(options: CellOptions, iteration: number): string {
  const asks = decides('questions', workloadOf(options));
  const parts = [
    decisiveText(options),
    iteration,
    asks ? fileHash(options.questions ?? defaultQuestionsFile) : null,
    options.model === undefined ? null : fileMark(options.model),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

const hashes = new Map<string, string | null>();

/** Null for a file that cannot be read, which the cell reports when it runs. */
function fileHash(path: string): string | null {
  let hash = hashes.get(path);
  if (hash === undefined) {
    try {
      hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    } catch {
      hash = null;
    }
    hashes.set(path, hash);
  }
  return hash;
}

/**
 * Size and time of change, of all parts of a split model; a hash of many gigabytes would take too long. Null for the id of a
 * known model.
 */
function fileMark(path: string): string | null {
  const marks = partsByName(path).map((part) => {
    const stats = statSync(part, { throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.size} ${Math.round(stats.mtimeMs)}`;
  });
  return marks.every((mark) => mark === null) ? null : marks.join(', ');
}

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
