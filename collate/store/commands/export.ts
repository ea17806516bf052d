/** `store.ts export`: tables and views of the store as files. */
import { Option } from '@commander-js/extra-typings';
import { commaList } from '../../../scripts/command-line/options.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { print, printJson } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { exportFormats, exportStore } from '../export.ts';
import { openForQuery } from '../reading.ts';

export function exportCommand() {
  return program('export', 'Writes tables and views of the store as Parquet, CSV or JSON files.', [
    ['npx tsx collate/store.ts export --format parquet --to exported', 'all tables, for another program or for merge'],
    [
      'npx tsx collate/store.ts export --format csv --to exported --tables latest_per_cell,failures',
      'some views for a spreadsheet',
    ],
  ])
    .addOption(new Option('--format <name>', 'format of the files').choices(exportFormats).makeOptionMandatory())
    .requiredOption('--to <dir>', 'folder that the files go to')
    .option('--tables <names>', 'tables and views; all tables and those of the requirement unless said', commaList)
    .option('--output <dir>', 'folder with the store in it', defaults.output)
    .option('--json', 'print the paths as JSON')
    .action(async ({ format, to, tables, output, json = false }) => {
      const database = await openForQuery(output, 'any');
      try {
        const files = await exportStore(database, { output, format, to, ...(tables === undefined ? {} : { tables }) });
        if (json) printJson({ files });
        else print(`${files.length} files written to ${to}`);
      } finally {
        database.close();
      }
    });
}
