/** What cells are called: framework, weights, workload, and whatever tells them apart. */
import { differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { GroupKey } from '../analysis/groups.ts';
import type { Cell } from './cells.ts';

const workloads: Readonly<Record<string, string>> = { qa: 'questions', kernel: 'kernels', embedding: 'embeddings' };

/** @param all every cell that the reader sees */
export function cellNames(all: readonly Cell[]): (cell: Cell) => string {
  const keys = all.flatMap((cell) => keyOf(cell) ?? []);
  const differs = (column: keyof GroupKey) => new Set(keys.map((key) => key[column])).size > 1;
  const shortName = (cell: Cell) => shortNameOf(cell, differs);
  return (cell) => {
    const name = shortName(cell);
    const alike = all.filter((other) => shortName(other) === name).map(({ apart }) => apart);
    return [name, ...differingWords(cell.apart, alike, silent)].join(', ');
  };
}

function shortNameOf(cell: Cell, differs: (column: keyof GroupKey) => boolean): string {
  const key = keyOf(cell);
  if (key === undefined) return '';
  const shown = (column: keyof RunRow) => !cell.released.includes(column);
  const workload = workloads[key.workload ?? ''] ?? key.workload ?? '';
  const shape = key.workload === 'kernel' ? ` pp${key.n_prompt ?? '-'} tg${key.n_gen ?? '-'}` : '';
  const parts = [
    shown('framework') ? (runOf(cell)?.framework_title ?? key.framework) : null,
    [shown('model') ? key.model : null, shown('quantize') ? key.quantize : null].filter(Boolean).join(' '),
    `${workload}${shape}`,
    shown('device') && differs('device') ? key.device : null,
    shown('threads') && differs('threads') ? threadsText(key.threads) : null,
  ];
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

/** The name has these by itself, or the workload asks no other. */
const silent = ['requested.nPrompt', 'requested.nGen', 'requested.embedding'];

function keyOf({ base, head }: Cell): GroupKey | undefined {
  return (base[0] ?? head[0])?.key;
}

function runOf({ base, head }: Cell): RunRow | undefined {
  return (base[0] ?? head[0])?.runs[0];
}

function threadsText(threads: number | null): string | null {
  if (threads === null) return null;
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
