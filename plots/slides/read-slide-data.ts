/** What slides look at: runs, and the small tables. Tokens are read only where a picture of them is drawn. */
import { readTable } from '../../collate/tables/read.ts';
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import { type PlotData, plotData } from '../data/plot-data.ts';

/** @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken */
export function readSlideData(output: string): PlotData {
  const read = <Columns extends readonly ColumnFacts[]>(table: Parameters<typeof readTable<Columns>>[1]) =>
    printableTexts(readTable(output, table));
  const runs = read(runsTable);
  const completed = new Set(runs.filter((run) => run.status === 'completed').map((run) => run.uuid));
  return plotData(runs, {
    output,
    accuracy: read(accuracyTable),
    load: read(loadTable),
    pool: read(poolTable).filter((row) => completed.has(row.uuid)),
  });
}
