/**
 * What collate/analysis/group-by.ts does, for the page: Arquero makes functions out of texts, which the page's policy forbids. The
 * bundle puts this module in its place; a test holds both to the same results.
 */
type Key = ReadonlyArray<string | number | boolean | null>;

/** Rows with equal keys, in order of first appearance; every group has at least one row. */
export function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Array<[Row, ...Row[]]> {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/** Each row with the others of an equal key, both in their order: a left join. */
export function joinBy<Row, Other>(
  rows: readonly Row[],
  others: readonly Other[],
  keyOf: (row: Row | Other) => Key,
): Array<[row: Row, others: Other[]]> {
  const alike = new Map<string, Other[]>();
  for (const group of groupBy(others, keyOf)) alike.set(JSON.stringify(keyOf(group[0])), group);
  return rows.map((row) => [row, alike.get(JSON.stringify(keyOf(row))) ?? []]);
}
