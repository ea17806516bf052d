/** What the sections of the report are made from. */
import type { PlotData } from '../data/plot-data.ts';
import type { Figure } from './document.ts';

export interface ReportInput {
  readonly data: PlotData;
  /** Pictures by name of the chart; a chart with nothing to draw has its card. */
  readonly figures: ReadonlyMap<string, Figure['files']>;
}
