/** Rows with the framework as its makers write it, for tables that people read. */
import type { PlotData } from './plot-data.ts';

export function titled<Row extends { readonly framework: string | null }>(
  rows: readonly Row[],
  { titleOf }: Pick<PlotData, 'titleOf'>,
): Row[] {
  return rows.map((row) => ({ ...row, framework: titleOf(row.framework) }));
}
