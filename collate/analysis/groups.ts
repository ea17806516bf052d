/**
 * Runs that measured the same thing: one host, device, model, weight class, quantisation, framework, workload and
 * setting. Each run is a fresh process and gives one value a measure; tokens of a run are never samples.
 */
import { from } from 'arquero';
import type { RunRow } from '../tables/columns/runs.ts';
import { countedRuns, type IdenticalRuns, identicalRuns } from './counted-runs.ts';
import { type Parity, parityOf } from './parity.ts';
import { pick } from './pick.ts';

/** What contenders must have in common; hosts and weight classes are never pooled. */
const cellColumns = [
  'hostname',
  'workload',
  'model',
  'weight_class',
  'n_prompt',
  'n_gen',
  'depth',
  'embed_batch_texts',
  'max_tokens',
] as const satisfies ReadonlyArray<keyof RunRow>;

/** What makes two runs in one cell two different things. */
const contenderColumns = [
  'framework',
  'quantize',
  'device',
  'threads',
  'precision',
  'compile',
  'device_count',
  'shard',
  'batch_tokens',
  'flash_attention',
  'kv_type',
  'comparable',
] as const satisfies ReadonlyArray<keyof RunRow>;

const keyColumns = [...cellColumns, ...contenderColumns] as const;

export type CellKey = Pick<RunRow, (typeof cellColumns)[number]>;
export type GroupKey = Pick<RunRow, (typeof keyColumns)[number]>;

export interface Group {
  key: GroupKey;
  /** Completed ones, in the order in which they started. */
  runs: RunRow[];
  parity: Parity;
  /** Runs of it beside those of its twin, a pair a session; none where no A/A was measured. */
  identical: IdenticalRuns[];
}

/** In the order of their keys, whatever the order of the rows. */
export function groupRuns(runs: readonly RunRow[]): Group[] {
  const completed = countedRuns(runs).sort(
    (a, b) => compareValues(a.started_at, b.started_at) || compareValues(a.uuid, b.uuid),
  );
  if (completed.length === 0) return [];
  const groups: Group[] = [];
  for (const rows of from(completed.map(groupKeyOf))
    .groupby(...keyColumns)
    .partitions()) {
    const members = Array.from(rows, (row) => completed[row]).filter((run) => run !== undefined);
    const [first] = members;
    if (first === undefined) continue;
    const identical = identicalRuns(members, runs, isOfOneGroup);
    groups.push({ key: groupKeyOf(first), runs: members, parity: parityOf(members, runs), identical });
  }
  return groups.sort((a, b) => compareKeys(a.key, b.key));
}

/** Whether two runs measured the same thing. */
export function isOfOneGroup(a: RunRow, b: RunRow): boolean {
  return keyColumns.every((column) => a[column] === b[column]);
}

export function groupKeyOf(run: RunRow): GroupKey {
  return pick(run, keyColumns);
}

export interface Cell {
  key: CellKey;
  groups: Group[];
}

/** Groups that may be compared with each other. */
export function cellsOf(groups: readonly Group[]): Cell[] {
  const cells: Cell[] = [];
  for (const group of groups) {
    const cell = cells.find(({ key }) => cellColumns.every((column) => key[column] === group.key[column]));
    if (cell === undefined) cells.push({ key: pick(group.key, cellColumns), groups: [group] });
    else cell.groups.push(group);
  }
  return cells;
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
