/**
 * The cells of a sweep: their options, by their names in sweep files, which the JSON Schema and the page in docs/ follow; and as they
 * are run, with iteration, and the id by which a log says which of them it is.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { partsByName } from '../../models/gguf/split.ts';
import { defaultQuantization, engineQuantizations, portableQuantizations } from '../../models/quantization.ts';
import type { CellWorkload } from '../../settings/setting.ts';
import { axisShape, workloadsOfAxis } from '../../settings/settings.ts';
import { interleave } from '../../statistics/seeded-random.ts';
import { defaultQuestionsFile } from '../../workloads/questions/questions.ts';

const { size, algorithm, model, quantize, ...axes } = axisShape();

export const cellOptionsSchema = z.strictObject({
  framework: z.string().describe('framework by name'),
  size,
  algorithm,
  model,
  quantize: z
    .enum([...portableQuantizations, ...engineQuantizations])
    .default(defaultQuantization)
    .describe(quantize.description ?? ''),
  ...axes,
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('answers at a time: clients of a server, sequences of one engine, or engine processes'),
});

/** With every default filled in. */
export type CellOptions = z.infer<typeof cellOptionsSchema>;
export type CellOptionName = keyof CellOptions;

export const cellOptionNames = cellOptionsSchema.keyof().options;

export function workloadOf({ workload, concurrency }: Pick<CellOptions, 'workload' | 'concurrency'>): CellWorkload {
  return concurrency === undefined ? workload : 'concurrency';
}

/** In which cells an option decides anything; of one that does in all, none. */
export function workloadsOf(name: CellOptionName): readonly CellWorkload[] {
  return workloadsOfAxis(name);
}

/** Whether an option decides anything in a cell: two cells that differ in others only are one. */
export function decides(name: CellOptionName, workload: CellWorkload): boolean {
  const workloads = workloadsOfAxis(name);
  return workloads.length === 0 || workloads.includes(workload);
}

/** Everything that decides a cell, names in order: equal for cells that do the same. */
export function decisiveText(options: CellOptions): string {
  const workload = workloadOf(options);
  const decisive = cellOptionNames
    .filter((name) => decides(name, workload) && options[name] !== undefined)
    .toSorted()
    .map((name) => [name, options[name]]);
  return JSON.stringify(decisive);
}

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
  file: { iterations: number; orderSeed: number },
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
