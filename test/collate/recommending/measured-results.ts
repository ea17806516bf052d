/**
 * What was measured with the suite prediction.json on a virtual machine with two cores: the columns that predictions need. The other
 * columns of a row are empty.
 */
import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { isLearnable, type Learnable, observationsOf } from '../../../collate/recommending/observations.ts';
import { parseCell } from '../../../collate/tables/csv.ts';
import { modelCost } from '../../../scripts/models/model-costs.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import type { ModelCost } from '../../../scripts/results/model-costs.ts';
import { type RunRow, runsTable } from '../../../scripts/results/runs/runs.ts';
import { type ColumnFacts, isRow, type RowOf } from '../../../scripts/results/table.ts';
import { type HardwareRow, hardwareTable } from '../../../scripts/results/tables-made-anew.ts';

function rowsOf<C extends readonly ColumnFacts[]>(file: string, columns: C): Array<RowOf<C>> {
  const text = readFileSync(new URL(`measured/${file}`, import.meta.url), 'utf8');
  const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  return data.map((cells) => {
    const row = Object.fromEntries(columns.map((column) => [column.name, parseCell(cells[column.name] ?? '', column)]));
    if (!isRow(row, columns)) throw new TypeError(`${file} does not fit its columns`);
    return row;
  });
}

export const measuredRuns = (): RunRow[] => rowsOf('runs.csv', runsTable.columns);
export const measuredHardware = (): HardwareRow[] => rowsOf('hardware.csv', hardwareTable.columns);
export const knownCosts = (): ModelCost[] => loadRegistry().models.map(modelCost);

export function measuredObservations(): Learnable[] {
  const tables = { runs: measuredRuns(), hardware: measuredHardware(), costs: knownCosts() };
  return observationsOf(tables, 'kernel').filter(isLearnable);
}
