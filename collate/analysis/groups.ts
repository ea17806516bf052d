/**
 * Runs that measured the same thing: one host, device, model, weight class, quantisation, framework, number of threads
 * and workload. Each run is a fresh process and gives one value a measure; tokens of a run are never samples.
 */
import { from } from 'arquero';
import type { RunRow } from '../tables/columns.ts';

const keyColumns = [
  'hostname',
  'workload',
  'model',
  'weight_class',
  'n_prompt',
  'n_gen',
  'depth',
  'max_tokens',
  'framework',
  'quantize',
  'device',
  'threads',
  'comparable',
] as const satisfies ReadonlyArray<keyof RunRow>;

export type GroupKey = Pick<RunRow, (typeof keyColumns)[number]>;

export interface Group {
  key: GroupKey;
  /** Completed ones, in the order in which they started. */
  runs: RunRow[];
}

/** In the order of their keys, whatever the order of the rows. */
export function groupRuns(runs: readonly RunRow[]): Group[] {
  const completed = runs
    .filter((run) => run.status === 'completed')
    .sort((a, b) => compareValues(a.started_at, b.started_at) || compareValues(a.uuid, b.uuid));
  if (completed.length === 0) return [];
  const groups: Group[] = [];
  for (const rows of from(completed.map(keyOf))
    .groupby(...keyColumns)
    .partitions()) {
    const members = Array.from(rows, (row) => completed[row]).filter((run) => run !== undefined);
    if (members[0] !== undefined) groups.push({ key: keyOf(members[0]), runs: members });
  }
  return groups.sort((a, b) => compareKeys(a.key, b.key));
}

function keyOf(run: RunRow): GroupKey {
  return {
    hostname: run.hostname,
    workload: run.workload,
    model: run.model,
    weight_class: run.weight_class,
    n_prompt: run.n_prompt,
    n_gen: run.n_gen,
    depth: run.depth,
    max_tokens: run.max_tokens,
    framework: run.framework,
    quantize: run.quantize,
    device: run.device,
    threads: run.threads,
    comparable: run.comparable,
  };
}

/** What contenders must have in common; hosts and weight classes are never pooled. */
const cellColumns = [
  'hostname',
  'workload',
  'model',
  'weight_class',
  'n_prompt',
  'n_gen',
  'depth',
  'max_tokens',
] as const satisfies ReadonlyArray<keyof GroupKey>;

export type CellKey = Pick<GroupKey, (typeof cellColumns)[number]>;

export interface Cell {
  key: CellKey;
  groups: Group[];
}

/** Groups that may be compared with each other. */
export function cellsOf(groups: readonly Group[]): Cell[] {
  const cells: Cell[] = [];
  for (const group of groups) {
    const cell = cells.find(({ key }) => cellColumns.every((column) => key[column] === group.key[column]));
    if (cell === undefined) cells.push({ key: cellKeyOf(group.key), groups: [group] });
    else cell.groups.push(group);
  }
  return cells;
}

function cellKeyOf(key: GroupKey): CellKey {
  const { hostname, workload, model, weight_class, n_prompt, n_gen, depth, max_tokens } = key;
  return { hostname, workload, model, weight_class, n_prompt, n_gen, depth, max_tokens };
}

function compareKeys(a: GroupKey, b: GroupKey): number {
  for (const column of keyColumns) {
    const order = compareValues(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Null stands first. */
function compareValues(a: string | number | boolean | null, b: string | number | boolean | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
