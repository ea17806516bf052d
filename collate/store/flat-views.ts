/** Views with the rows of the CSV files: every column of each, in their order, as `flat.runs`, `flat.tokens`, ... */
import { runColumns, runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { tokenColumns } from '../../scripts/workloads/questions/tables.ts';
import { dimensionOf, dimensions, factTables, isOfRun, plainTables } from './star.ts';
import { quoted } from './stored-column.ts';
import { tokenExpression } from './token-columns.ts';

/** A column of a run, wherever it stands. r: the run. */
function ofRun({ name }: ColumnFacts): string {
  return `${dimensionOf(name)?.name ?? 'r'}.${quoted(name)}`;
}

/** The run, with those of its dimensions that the columns need. */
function runWith(columns: readonly ColumnFacts[]): string {
  const needed = dimensions.filter((each) => columns.some(({ name }) => dimensionOf(name) === each));
  return needed.map(({ name, key }) => ` JOIN main.${name} ${name} USING (${key})`).join('');
}

function selected(columns: readonly ColumnFacts[], expressionOf: (column: ColumnFacts) => string): string {
  return columns.map((column) => `${expressionOf(column)} AS ${quoted(column.name)}`).join(', ');
}

const runsView = `CREATE VIEW flat.${runsTable.name} AS SELECT ${selected(runColumns, ofRun)} FROM main.runs r${runWith(runColumns)}`;

function factView(name: string, columns: readonly ColumnFacts[], own: (column: ColumnFacts) => string): string {
  const shared = columns.filter(isOfRun);
  const expressions = selected(columns, (column) => (isOfRun(column) ? ofRun(column) : own(column)));
  return `CREATE VIEW flat.${name} AS SELECT ${expressions} FROM main.${name} t JOIN main.runs r USING (run_id)${runWith(shared)}`;
}

/** Once all tables are there. */
export const flatViews: readonly string[] = [
  'CREATE SCHEMA flat',
  runsView,
  ...factTables.map(({ name, all }) => factView(name, all, (column) => `t.${quoted(column.name)}`)),
  factView('tokens', tokenColumns, (column) => tokenExpression(column) ?? ofRun(column)),
  ...plainTables.map(({ name }) => `CREATE VIEW flat.${name} AS SELECT * FROM main.${name}`),
];
