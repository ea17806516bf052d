/** The cells of a sweep as they are run: options, iteration, and the id by which a log says which of them it is. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { partsByName } from '../../models/gguf/split.ts';
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
