/** Cells of sweeps that were not run, those of one kind and reason in one row. */
import { group } from 'd3-array';
import type { SweepRow } from '../../../collate/tables/columns/sweeps.ts';
import { words } from '../table.ts';

export function notRunCells(cells: readonly SweepRow[]) {
  const told = (row: SweepRow) => [
    row.sweep,
    row.framework,
    row.size ?? 'default',
    row.quantize_asked,
    row.workload,
    row.hostname,
    row.status,
    row.remedy === null ? row.reason : `${row.reason}. ${row.remedy}`,
  ];
  return [...group(cells, (row) => JSON.stringify(told(row))).values()].flatMap((alike) => {
    const [first] = alike;
    return first === undefined ? [] : [[...told(first), String(alike.length)].map((cell) => words(cell))];
  });
}
