/** The table work of the analysis, which Arquero does: rows with equal keys are grouped, or joined with those of other rows. */
import { op, table } from 'arquero';

type Key = ReadonlyArray<string | number | boolean | null>;

function keyed<Row>(rows: readonly Row[], keyOf: (row: Row) => Key) {
  return table({ row: [...rows], key: rows.map((row) => JSON.stringify(keyOf(row))) });
}

/** Rows with equal keys, in order of first appearance; every group has at least one row. */
export function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Array<[Row, ...Row[]]> {
  const groups = keyed(rows, keyOf)
    .groupby('key')
    .rollup({ rows: op.array_agg('row') });
  return [...groups.array('rows')];
}

/** Each row with the others of an equal key, both in their order: a left join. */
export function joinBy<Row, Other>(
  rows: readonly Row[],
  others: readonly Other[],
  keyOf: (row: Row | Other) => Key,
): Array<[row: Row, others: Other[]]> {
  if (others.length === 0) return rows.map((row) => [row, []]);
  const alike = keyed(others, keyOf)
    .groupby('key')
    .rollup({ others: op.array_agg('row') });
  const joined: Array<Other[] | undefined> = [...keyed(rows, keyOf).lookup(alike, 'key', 'others').array('others')];
  return rows.map((row, i) => [row, joined[i] ?? []]);
}
