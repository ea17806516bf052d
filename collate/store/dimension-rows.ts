/** The rows of the dimension tables: each host, model and framework once, with a number that the runs refer to. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Value } from '../../scripts/results/table.ts';
import type { Database } from './database.ts';
import { markStale } from './stale-parts.ts';
import { type Dimension, dimensions } from './star.ts';
import { quoted } from './stored-column.ts';
import { byName, type OnMisfit, type Row, TableWriter } from './table-writer.ts';

interface Known {
  readonly keys: Map<string, number>;
  /** The last rows that were asked for: runs that follow each other differ in few of them. */
  recent: Array<{ values: readonly Value[]; id: number }>;
  added: Row[];
  next: number;
}

const longestRecent = 8;

export class DimensionRows {
  readonly #database: Database;
  readonly #onMisfit: OnMisfit;
  readonly #known = new Map<string, Known>();

  private constructor(database: Database, onMisfit: OnMisfit) {
    this.#database = database;
    this.#onMisfit = onMisfit;
  }

  static async load(database: Database, onMisfit: OnMisfit): Promise<DimensionRows> {
    const rows = new DimensionRows(database, onMisfit);
    for (const { name, key, of } of dimensions) {
      const columns = [key, ...of].map(quoted).join(', ');
      const read = await database.connection.runAndReadAll(`SELECT ${columns} FROM main.${name}`);
      const keys = new Map(read.getRowsJS().map(([id, ...values]) => [textOf(values), Number(id)]));
      rows.#known.set(name, { keys, recent: [], added: [], next: Math.max(0, ...keys.values()) + 1 });
    }
    return rows;
  }

  /** The number of the row with these values; a new one where there is none. */
  keyOf({ name, key, of }: Dimension, row: RunRow): number {
    const known = this.#known.get(name);
    if (known === undefined) throw new TypeError(`no dimension ${name}`);
    const recent = known.recent.find(({ values }) => of.every((column, i) => values[i] === row[column]));
    if (recent !== undefined) return recent.id;
    const values = of.map((column) => row[column]);
    const text = textOf(values);
    const id = known.keys.get(text) ?? known.next++;
    if (!known.keys.has(text)) {
      known.keys.set(text, id);
      known.added.push({ ...row, [key]: id });
    }
    known.recent = [{ values, id }, ...known.recent.slice(0, longestRecent - 1)];
    return id;
  }

  /** Writes the new rows, in the transaction of the runs that have them. */
  async save(): Promise<void> {
    for (const { name, columns } of dimensions) {
      const known = this.#known.get(name);
      if (known === undefined || known.added.length === 0) continue;
      const writer = await TableWriter.open(this.#database, name, byName(columns), this.#onMisfit);
      for (const row of known.added) writer.add(row);
      writer.finish();
      await markStale(this.#database, [name]);
      known.added = [];
    }
  }
}

function textOf(values: readonly unknown[]): string {
  return JSON.stringify(values.map((value): Value | unknown => (typeof value === 'bigint' ? Number(value) : value)));
}
