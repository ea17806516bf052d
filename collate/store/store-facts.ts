/** What the store knows about itself, by name. */
import type { Database } from './database.ts';

export async function readFacts({ connection }: Database): Promise<Map<string, string>> {
  const read = await connection.runAndReadAll('SELECT name, value FROM store.facts');
  return new Map(read.getRowsJS().map(([name, value]) => [String(name), String(value)]));
}

export async function saveFact({ connection }: Database, name: string, value: string): Promise<void> {
  const read = await connection.runAndReadAll('SELECT value FROM store.facts WHERE name = $1', [name]);
  if (read.getRowsJS()[0]?.[0] === value) return;
  await connection.run('BEGIN');
  await connection.run('DELETE FROM store.facts WHERE name = $1', [name]);
  await connection.run('INSERT INTO store.facts VALUES ($1, $2)', [name, value]);
  await connection.run('COMMIT');
}
