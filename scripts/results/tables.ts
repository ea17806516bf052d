/** The one list of tables: collation, readers, docs/csv-columns.md and cleaning up go by it. */
import { isPlainName } from '../command-line/files/folders.ts';
import { accuracyItemsTable, accuracyTable } from '../workloads/accuracy/tables.ts';
import { loadTable } from '../workloads/load/tables.ts';
import { parityTable } from '../workloads/parity/tables.ts';
import { poolTable } from '../workloads/pool/tables.ts';
import { answersTable, tokenColumns } from '../workloads/questions/tables.ts';
import { foreignTable } from './foreign-table.ts';
import { memoryTable } from './memory-table.ts';
import { operatorsTable } from './operators-table.ts';
import { runsTable } from './runs/runs.ts';
import { hardwareTable, sweepsTable } from './tables-made-anew.ts';

/** Tables with rows of each run. They are there even when they have no rows. */
export const runTables = [
  answersTable,
  parityTable,
  loadTable,
  poolTable,
  accuracyTable,
  accuracyItemsTable,
  memoryTable,
  operatorsTable,
  runsTable,
] as const;

/** Made anew each time, from the few hardware benchmarks, the notes of sweeps and what was imported. */
const tablesMadeAnew = [hardwareTable, sweepsTable, foreignTable] as const;

/** The generated tokens: the one kind of table that each framework has for itself. */
export const tokenTable = { name: 'tokens', rowIs: 'a row per generated token', columns: tokenColumns } as const;

export const allTables = [tokenTable, ...runTables, ...tablesMadeAnew] as const;

export function tokensFile(framework: string): string {
  return `${framework}.csv`;
}

const fixedFiles: readonly string[] = [...runTables, ...tablesMadeAnew].map(({ file }) => file);

/** Whether a name can be that of a framework: it becomes `<name>.csv` beside the tables of fixed names. */
export function isFrameworkName(name: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) &&
    isPlainName(tokensFile(name)) &&
    !fixedFiles.includes(tokensFile(name.toLowerCase()))
  );
}

/** Whether a file holds the tokens of a framework, by its name. */
export function isTokensFile(file: string): boolean {
  return file.endsWith('.csv') && isFrameworkName(file.slice(0, -'.csv'.length));
}

/** The table that a collation writes run by run into this file; undefined for all other files: a ledger may name any. */
export function runTableOf(file: string): (typeof runTables)[number] | typeof tokenTable | undefined {
  return runTables.find((table) => table.file === file) ?? (isTokensFile(file) ? tokenTable : undefined);
}
