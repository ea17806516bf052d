/** Charts and reports of data, as generate.ts makes them. */
import { type Chart, type Drawing, drawingOf } from '../../plots/charts/chart.ts';
import { charts } from '../../plots/charts/registry.ts';
import type { PlotData } from '../../plots/data/plot-data.ts';
import { type ComposedPicture, compose } from '../../plots/render/compose.ts';
import { buildReport } from '../../plots/report/build.ts';
import type { Figure, ReportDocument } from '../../plots/report/document.ts';
import type { ReportInput } from '../../plots/report/section.ts';

interface Before {
  drawing: Drawing | null;
  composed: Promise<ComposedPicture> | null;
}

const before = new WeakMap<PlotData, Map<Chart, Before>>();

/** Many tests look at one picture: it is drawn for the first of them. */
function drawnOnce(chart: Chart, data: PlotData): Before {
  const pictures = before.get(data) ?? new Map<Chart, Before>();
  before.set(data, pictures);
  const known = pictures.get(chart) ?? { drawing: drawingOf(chart, data), composed: null };
  pictures.set(chart, known);
  return known;
}

export const drawingOnce = (chart: Chart, data: PlotData): Drawing | null => drawnOnce(chart, data).drawing;

/** Null for a chart that is absent. */
export async function drawChart(chart: Chart, data: PlotData): Promise<ComposedPicture | null> {
  const known = drawnOnce(chart, data);
  if (known.drawing === null) return null;
  known.composed ??= compose(known.drawing);
  return known.composed;
}

/** Whatever was drawn before. */
export async function drawAnew(chart: Chart, data: PlotData): Promise<ComposedPicture | null> {
  const drawing = drawingOf(chart, data);
  return drawing === null ? null : compose(drawing);
}

/** What a chart draws of data that it has something to draw of. */
export function pictureOf(chart: Chart, data: PlotData): Drawing & { kind: 'picture' } {
  const drawing = drawingOnce(chart, data);
  if (drawing?.kind !== 'picture') throw new Error(`${chart.name} has no picture`);
  return drawing;
}

export function inputOf(data: PlotData): ReportInput {
  return { data, drawings: new Map(charts.map((chart) => [chart.name, drawingOnce(chart, data)])), figures: new Map() };
}

export function reportOf(data: PlotData, figures: ReadonlyMap<string, Figure['files']> = new Map()): ReportDocument {
  return buildReport({ ...inputOf(data), figures });
}
