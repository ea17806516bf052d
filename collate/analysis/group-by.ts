import { escape as expression, op, table } from 'arquero';

/** Rows with equal keys, in order of first appearance; every group has at least one row. */
export function groupBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => ReadonlyArray<string | number | boolean | null>,
): Array<[Row, ...Row[]]> {
  const groups = table({ row: [...rows] })
    .groupby({ key: expression(({ row }: { row: Row }) => JSON.stringify(keyOf(row))) })
    .rollup({ rows: op.array_agg('row') });
  return [...groups.array('rows')];
}
