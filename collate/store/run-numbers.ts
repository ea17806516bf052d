/** The number by which the tables of the store know a run, and taking runs out again. */
import type { Database } from './database.ts';
import { markStale } from './stale-parts.ts';
import { dimensions, runPartTables } from './star.ts';

export class RunNumbers {
  readonly #numbers: Map<string, number>;
  readonly #adopted: ReadonlySet<string>;
  #next: number;

  private constructor(numbers: Map<string, number>, adopted: ReadonlySet<string>) {
    this.#numbers = numbers;
    this.#adopted = adopted;
    // Of the largest: a spread of all would be too many arguments.
    this.#next = [...numbers.values()].reduce((largest, number) => Math.max(largest, number), -1) + 1;
  }

  static async load({ connection }: Database): Promise<RunNumbers> {
    const runs = await connection.runAndReadAll('SELECT uuid, run_id FROM main.runs');
    const adopted = await connection.runAndReadAll('SELECT uuid FROM store.adopted');
    return new RunNumbers(
      new Map(runs.getRowsJS().map(([uuid, number]) => [String(uuid), Number(number)])),
      new Set(adopted.getRowsJS().map(([uuid]) => String(uuid))),
    );
  }

  uuids(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Whether a run came from a Parquet file, and not from a raw log. */
  isAdopted(uuid: string): boolean {
    return this.#adopted.has(uuid);
  }

  next(): number {
    return this.#next++;
  }

  /** The numbers of these runs, which are known no more. */
  take(uuids: readonly string[]): number[] {
    return uuids.flatMap((uuid) => {
      const number = this.#numbers.get(uuid);
      this.#numbers.delete(uuid);
      return number === undefined ? [] : [number];
    });
  }

  /** Runs that were added, in their transaction. @param tables that got rows of them */
  async save(
    database: Database,
    added: ReadonlyArray<readonly [uuid: string, runId: number]>,
    tables: Iterable<string>,
  ): Promise<void> {
    for (const [uuid, number] of added) this.#numbers.set(uuid, number);
    await markStale(
      database,
      tables,
      added.map(([, number]) => number),
    );
  }
}

/** All rows of these runs, and hosts, models and frameworks that no other run has. In the caller's transaction. */
export async function removeRuns(database: Database, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  const { connection } = database;
  const list = numbers.join(', ');
  await connection.run(
    `DELETE FROM store.adopted WHERE uuid IN (SELECT uuid FROM main.runs WHERE run_id IN (${list}))`,
  );
  for (const { name } of runPartTables) await connection.run(`DELETE FROM main.${name} WHERE run_id IN (${list})`);
  await markStale(
    database,
    runPartTables.map(({ name }) => name),
    numbers,
  );
}

/** In the transaction of the last change: a row is only ever needed by a run. */
export async function removeUnusedDimensions(database: Database): Promise<void> {
  await markStale(
    database,
    dimensions.map(({ name }) => name),
  );
  for (const { name, key } of dimensions) {
    await database.connection.run(`DELETE FROM main.${name} WHERE ${key} NOT IN (SELECT ${key} FROM main.runs)`);
  }
}
