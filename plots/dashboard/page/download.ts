/** What a reader takes with them: runs as CSV or JSON, charts as SVG or PNG. Nothing leaves the machine. */
import { csvHeader, csvRow } from '../../../collate/tables/csv.ts';
import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';

/** A name that any file system takes. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replaceAll(/[^\w.-]+/g, '-');
  link.click();
  // The browser has taken it once the click is over; Safari a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** As collate/ writes runs.csv. */
export function runsAsCsv(runs: readonly RunRow[]): Blob {
  return new Blob([csvHeader(runColumns), ...runs.map((run) => csvRow(runColumns, run))], { type: 'text/csv' });
}

export function runsAsJson(runs: readonly RunRow[]): Blob {
  const rows = runs.map((run) => Object.fromEntries(runColumns.map(({ name }) => [name, run[name]])));
  return new Blob([JSON.stringify(rows, null, 1)], { type: 'application/json' });
}
