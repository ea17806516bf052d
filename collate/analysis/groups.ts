/**
 * Runs that measured the same thing, as scripts/log/measurement.ts defines it. Each run is a fresh process and gives one
 * value a measure; tokens of a run are never samples.
 */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { countedRuns, type IdenticalRuns, identicalRuns, twinsAmong } from './counted-runs.ts';
import { groupBy, joinBy } from './group-by.ts';
import { taskKey, taskWords } from './measurement.ts';
import { judgedRuns, type Parity, parityOf } from './parity.ts';

/** What a reader knows a comparison by; which one it is, its task decides. */
export const cellColumns = [
  'hostname',
  'session',
  'workload',
  'model',
  'weight_class',
  'n_prompt',
  'n_gen',
  'depth',
  'embed_batch_texts',
  'max_tokens',
] as const satisfies ReadonlyArray<keyof RunRow>;

/** What a reader knows a contender by. */
export const contenderColumns = [
  'framework',
  'framework_version',
  'quantize',
  'device',
  'threads',
  'precision',
  'compile',
  'device_count',
  'shard',
  'gpu_layers',
  'context_tokens',
  'batch_tokens',
  'flash_attention',
  'kv_type',
  'temperature',
  'comparable',
] as const satisfies ReadonlyArray<keyof RunRow>;

const keyColumns = [...cellColumns, ...contenderColumns, 'framework_title', 'measurement'] as const;

export type CellKey = Pick<RunRow, (typeof cellColumns)[number]>;
export type GroupKey = Pick<RunRow, (typeof keyColumns)[number]>;

export interface Group {
  readonly key: GroupKey;
  readonly runs: readonly RunRow[];
  readonly parity: Parity;
  /** Runs of it beside those of its twin, a pair a session; none where no A/A was measured. */
  readonly identical: readonly IdenticalRuns[];
}

/** Groups in the order of their keys, and their runs in the order in which they started, regardless of the order of the rows. */
export function groupRuns(runs: readonly RunRow[]): Group[] {
  const completed = countedRuns(runs).sort(
    (a, b) => compareValues(a.started_at, b.started_at) || compareValues(a.uuid, b.uuid),
  );
  return groupsAmong(completed, runs).sort((a, b) => compareKeys(a.key, b.key));
}

/**
 * The groups of these runs, in order of first appearance.
 * @param all rows of the table: parity runs and twins judge runs, and are in no group
 */
export function groupsAmong(counted: readonly RunRow[], all: readonly RunRow[]): Group[] {
  const withTwins = joinBy(judgedRuns(counted, all), twinsAmong(all), (one) => poolKey('run' in one ? one.run : one));
  return groupBy(withTwins, ([{ run }]) => poolKey(run)).map((members) => {
    const judged = members.map(([one]) => one);
    const runs = judged.map(({ run }) => run);
    const [[first, twins]] = members;
    return {
      key: groupKeyOf(first.run),
      runs,
      parity: parityOf(judged),
      identical: identicalRuns(runs, twins),
    };
  });
}

/** Equal for runs that measured the same thing. A broken log is never pooled with whole ones. */
export function poolKey({ measurement, comparable }: RunRow): ReadonlyArray<string | boolean | null> {
  return [measurement, comparable];
}

export function groupKeyOf(run: RunRow): GroupKey {
  return pick(run, keyColumns);
}

export interface Cell {
  key: CellKey;
  /** What distinguishes it from other comparisons of the same host, model and weight class; empty where nothing does. */
  condition: string;
  groups: readonly Group[];
}

/** Groups that may be compared with each other: the same task on the same weight class of one model. */
export function cellsOf(groups: readonly Group[]): Cell[] {
  const tasks = groupBy(groups, ({ key }) => [taskKey(key), key.model, key.weight_class]);
  return joinBy(tasks, tasks, ([{ key }]) => [key.hostname, key.workload, key.model, key.weight_class]).map(
    ([members, inSamePlace]) => {
      const [{ key }] = members;
      const others = inSamePlace.map(([other]) => other.key);
      return { key: pick(key, cellColumns), condition: taskWords(key, others), groups: members };
    },
  );
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

/** Some columns of a row. The names are given once, as a list, so that type and value cannot disagree. */
export function pick<Row extends object, Name extends keyof Row>(row: Row, names: readonly Name[]): Pick<Row, Name> {
  const picked: Partial<Row> = {};
  for (const name of names) picked[name] = row[name];
  if (!hasAll(picked, names)) throw new TypeError(`a row without ${names.join(', ')}`);
  return picked;
}

function hasAll<Row extends object, Name extends keyof Row>(
  picked: Partial<Row>,
  names: readonly Name[],
): picked is Partial<Row> & Pick<Row, Name> {
  return names.every((name) => picked[name] !== undefined);
}
