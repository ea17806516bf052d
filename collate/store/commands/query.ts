/** `store.ts query "SQL"`: asks the store, and changes nothing. */
import { usageError } from '../../../scripts/command-line/errors.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { print, printData, show, table, tellNext } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { csvLine } from '../../tables/csv.ts';
import { type Answer, type AnswerValue, ask } from '../answers.ts';
import { cellOf } from '../export.ts';
import { openForQuery } from '../reading.ts';

export function queryCommand() {
  return program('query', 'Answers a query in SQL. Nothing is changed, and no other file is read.', [
    ['npx tsx collate/store.ts query "FROM latest_per_cell"', 'the latest run of every cell'],
    ['npx tsx collate/store.ts query "SELECT framework, count(*) FROM flat.runs GROUP BY ALL"', 'runs by framework'],
    ['npx tsx collate/store.ts query "FROM failures" --json', 'as JSON'],
    ['npx tsx collate/store.ts query "FROM benchmark_results" --csv', 'as CSV'],
  ])
    .argument('<sql>', 'the query')
    .option('--output <dir>', 'folder with the store in it', defaults.output)
    .option('--json', 'print the rows as JSON')
    .option('--csv', 'print the rows as CSV')
    .action(async (sql, { output, json = false, csv = false }) => {
      if (json && csv) throw usageError('--json and --csv exclude each other', 'Choose one of them.');
      const database = await openForQuery(output);
      try {
        const answer = await ask(database, sql, output);
        if (json) await printAsJson(answer);
        else if (csv) await printAsCsv(answer);
        else await printAsTable(answer);
      } finally {
        database.close();
      }
    });
}

async function printAsJson({ columns, rows }: Answer): Promise<void> {
  let first = true;
  for await (const some of rows) {
    for (const row of some) {
      const object = Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]));
      show(`${first ? '[\n' : ',\n'}${JSON.stringify(object)}`, process.stdout);
      first = false;
    }
  }
  show(first ? '[]\n' : '\n]\n', process.stdout);
}

async function printAsCsv({ columns, rows }: Answer): Promise<void> {
  printData(csvLine(columns));
  for await (const some of rows) printData(some.map((row) => csvLine(row.map(cellOf))).join(''));
}

const rowsOnScreen = 200;

async function printAsTable({ columns, rows }: Answer): Promise<void> {
  const shown: string[][] = [];
  const isNumber = columns.map(() => false);
  let total = 0;
  for await (const some of rows) {
    for (const row of some) {
      total++;
      if (shown.length === rowsOnScreen) continue;
      for (const [i, value] of row.entries()) if (typeof value === 'number') isNumber[i] = true;
      shown.push(row.map((value) => cellText(value)));
    }
  }
  if (columns.length === 0 || total === 0) {
    print('No rows.');
    return;
  }
  print(table([...columns], shown, isNumber.map((is) => (is ? 'r' : 'l')).join('')));
  if (total > rowsOnScreen)
    tellNext(`${total - rowsOnScreen} more of ${total} rows; --csv and --json print all of them.`);
}

function cellText(value: AnswerValue): string {
  if (value === null) return '';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return String(cellOf(value));
}
