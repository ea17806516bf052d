/**
 * The store: all runs of a folder in one DuckDB file that answers SQL. It is a cache of the raw logs and can be made again from them at
 * any time.
 *
 * Reads   <output>/raw/<framework>/*.txt
 * Writes  <output>/tokenlap.duckdb, and the same as Parquet files in <output>/parquet/
 *
 *     npx tsx collate/store.ts
 *     npx tsx collate/store.ts query "FROM latest_per_cell"
 */
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { exportCommand } from './store/commands/export.ts';
import { fillCommand } from './store/commands/fill.ts';
import { infoCommand } from './store/commands/info.ts';
import { mergeCommand } from './store/commands/merge.ts';
import { queryCommand } from './store/commands/query.ts';

/** @param args the command line behind the script's name */
export async function storeCommand(args: readonly string[]): Promise<void> {
  await program('collate/store.ts', 'Keeps all runs in one file that answers SQL, and in Parquet files beside it.', [
    ['npx tsx collate/store.ts', 'adds what is new in the raw logs'],
    ['npx tsx collate/store.ts query "FROM latest_per_cell"', 'the latest run of every cell'],
    ['npx tsx collate/store.ts info', 'tables, views, rows, and one hash of everything'],
  ])
    .addCommand(fillCommand(), { isDefault: true })
    .addCommand(queryCommand())
    .addCommand(exportCommand())
    .addCommand(mergeCommand())
    .addCommand(infoCommand())
    .parseAsync([...args], { from: 'user' });
}

if (isMain(import.meta.url)) await run(() => storeCommand(process.argv.slice(2)));
