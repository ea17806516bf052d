/** Reads the tables in a folder, all that charts and report look at. */
import { keptComparison } from '../../collate/comparing/comparison-file.ts';
import { readBlessings } from '../../collate/regressions/trend/blessings.ts';
import { readHistories } from '../../collate/regressions/trend/history.ts';
import { judgeSeries } from '../../collate/regressions/trend/judge.ts';
import { readRowByRow, readTable } from '../../collate/tables/read.ts';
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { foreignTable } from '../../scripts/results/foreign-table.ts';
import { type MemoryRow, memoryTable } from '../../scripts/results/memory-table.ts';
import { operatorsTable } from '../../scripts/results/operators-table.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { accuracyItemsTable, accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { parityTable } from '../../scripts/workloads/parity/tables.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import type { TokenRow } from '../../scripts/workloads/questions/tables.ts';
import type { Group } from './groups.ts';
import { typicalRuns } from './memory.ts';
import { type PlotData, plotData } from './plot-data.ts';
import { readLatencies } from './read-latencies.ts';

/**
 * Reads the tables in a folder. Texts are printable from here on, in pictures, report and terminal.
 * @param onToken is given each token of the frameworks that answered questions, as it is read
 * @throws UserError with exit code 3 where nothing was collated; with file and line where a table is broken
 */
export async function readPlotData(output: string, onToken?: (token: TokenRow) => void): Promise<PlotData> {
  const runs = printableTexts(readTable(output, runsTable));
  const completed = new Set(runs.filter((run) => run.status === 'completed').map((run) => run.uuid));
  const read = <Columns extends readonly ColumnFacts[]>(table: Parameters<typeof readTable<Columns>>[1]) =>
    printableTexts(readTable(output, table));
  const data = plotData(runs, {
    output,
    ...(await readLatencies(output, runs, onToken)),
    operators: read(operatorsTable),
    parity: read(parityTable),
    load: read(loadTable),
    pool: read(poolTable).filter((row) => completed.has(row.uuid)),
    accuracy: read(accuracyTable),
    accuracyItems: read(accuracyItemsTable),
    hardware: read(hardwareTable),
    sweeps: read(sweepsTable),
    comparison: printableTexts(keptComparison(output)),
    foreign: read(foreignTable),
    trend: judgeSeries(await readHistories(output, runs), readBlessings(output)),
  });
  return { ...data, memory: await memoryOf(output, data.groups) };
}

async function memoryOf(output: string, groups: readonly Group[]): Promise<Map<string, MemoryRow[]>> {
  const wanted = new Map(typicalRuns(groups).map((uuid) => [uuid, [] as MemoryRow[]]));
  if (wanted.size === 0) return wanted;
  for await (const row of readRowByRow(output, memoryTable))
    if (row.uuid !== null) wanted.get(row.uuid)?.push(printableTexts(row));
  return wanted;
}
