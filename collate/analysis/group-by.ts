/** Rows with equal keys, in order of first appearance; every group has at least one row. */
export function groupBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => ReadonlyArray<string | number | boolean | null>,
): Array<[Row, ...Row[]]> {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [row]);
    else found.push(row);
  }
  return [...groups.values()];
}
