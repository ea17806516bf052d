/** The tables by name, and which kind of rows each has. */
import { isPlainName } from '../../scripts/command-line/files/folders.ts';
import { accuracyColumns } from './columns/accuracy.ts';
import { accuracyItemColumns } from './columns/accuracy-items.ts';
import { answerColumns } from './columns/answers.ts';
import type { Column } from './columns/column.ts';
import { loadColumns } from './columns/load.ts';
import { memoryColumns } from './columns/memory.ts';
import { parityColumns } from './columns/parity.ts';
import { poolColumns } from './columns/pool.ts';
import { runColumns } from './columns/runs.ts';
import { tokenColumns } from './columns/tokens.ts';

const columnsByKind = {
  tokens: tokenColumns,
  answers: answerColumns,
  parity: parityColumns,
  load: loadColumns,
  pool: poolColumns,
  accuracy: accuracyColumns,
  accuracyItems: accuracyItemColumns,
  memory: memoryColumns,
  runs: runColumns,
} as const satisfies Record<string, readonly Column[]>;

export type RowKind = keyof typeof columnsByKind;

export const answersTable = 'answers.csv';
export const parityTable = 'parity.csv';
export const loadTable = 'load.csv';
export const poolTable = 'pool.csv';
export const accuracyTable = 'accuracy.csv';
export const accuracyItemsTable = 'accuracy_items.csv';
export const memoryTable = 'memory.csv';
export const runsTable = 'runs.csv';
/** Not collated row by row like the others, but made anew from the few hardware benchmarks. */
export const hardwareTable = 'hardware.csv';
/** Made anew too, from the notes of sweeps about cells that have no log. */
export const sweepsTable = 'sweeps.csv';

/** They are there even when they have no rows; each framework has a table of tokens beside them. */
export const fixedTables: readonly string[] = [
  runsTable,
  answersTable,
  parityTable,
  loadTable,
  poolTable,
  accuracyTable,
  accuracyItemsTable,
  memoryTable,
];

export function tokensTable(framework: string): string {
  return `${framework}.csv`;
}

/** A framework's name becomes `<name>.csv` beside the tables of fixed names. */
export function isFrameworkName(name: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) &&
    isPlainName(tokensTable(name)) &&
    ![...fixedTables, hardwareTable, sweepsTable].includes(tokensTable(name.toLowerCase()))
  );
}

/** True for the tables that a collation writes row by row, and for nothing else: a ledger may name any file. */
export function isTable(name: string): boolean {
  return fixedTables.includes(name) || (name.endsWith('.csv') && isFrameworkName(name.slice(0, -'.csv'.length)));
}

export function kindOf(table: string): RowKind {
  switch (table) {
    case answersTable:
      return 'answers';
    case parityTable:
      return 'parity';
    case loadTable:
      return 'load';
    case poolTable:
      return 'pool';
    case accuracyTable:
      return 'accuracy';
    case accuracyItemsTable:
      return 'accuracyItems';
    case memoryTable:
      return 'memory';
    case runsTable:
      return 'runs';
    default:
      return 'tokens';
  }
}

export function columnsOf(table: string): readonly Column[] {
  return columnsByKind[kindOf(table)];
}

export const allColumns: ReadonlyArray<readonly Column[]> = Object.values(columnsByKind);
