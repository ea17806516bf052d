/** Charts and reports of data, as generate.ts makes them. */
import { type Chart, type Drawing, drawingOf } from '../../plots/charts/chart.ts';
import { drawAll } from '../../plots/charts/registry.ts';
import type { PlotData } from '../../plots/data/plot-data.ts';
import { compose } from '../../plots/render/compose.ts';
import { buildReport } from '../../plots/report/build.ts';
import type { Figure, ReportDocument } from '../../plots/report/document.ts';
import type { ReportInput } from '../../plots/report/section.ts';

/** Null for a chart that is absent. */
export async function drawChart(chart: Chart, data: PlotData): Promise<{ svg: string; data: string } | null> {
  const drawing = drawingOf(chart, data);
  return drawing === null ? null : compose(drawing);
}

/** What a chart draws of data that it has something to draw of. */
export function pictureOf(chart: Chart, data: PlotData): Drawing & { kind: 'picture' } {
  const drawing = drawingOf(chart, data);
  if (drawing?.kind !== 'picture') throw new Error(`${chart.name} has no picture`);
  return drawing;
}

export function inputOf(data: PlotData): ReportInput {
  return { data, drawings: drawAll(data), figures: new Map() };
}

export function reportOf(data: PlotData, figures: ReadonlyMap<string, Figure['files']> = new Map()): ReportDocument {
  return buildReport({ ...inputOf(data), figures });
}
