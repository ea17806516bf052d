/** Columns of the store: names and types in SQL of what the tables' own list says. */
import type { ColumnFacts } from '../../scripts/results/table.ts';

export type SqlType = 'BIGINT' | 'BOOLEAN' | 'DOUBLE' | 'INTEGER' | 'VARCHAR';

export interface StoredColumn {
  readonly name: string;
  readonly type: SqlType;
}

const sqlTypes = { string: 'VARCHAR', integer: 'BIGINT', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

export function storedOf({ name, type }: ColumnFacts): StoredColumn {
  return { name, type: sqlTypes[type] };
}

/** A name in SQL: quoted, so that a column may have the name of a keyword. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
