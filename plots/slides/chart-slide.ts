/** A slide that shows a chart of the suite, drawn for a slide; its message is what the chart says. */
import { type Chart, drawingOf } from '../charts/chart.ts';
import { slideSheet } from '../charts/sheet.ts';
import type { PlotData } from '../data/plot-data.ts';
import { noteOf, type Slide, type SlideBlock } from './slide.ts';

interface ChartSlide {
  readonly chart: Chart;
  /** What the slide is about, and nothing else. */
  readonly data: PlotData;
  /** In place of what the chart says by itself. */
  readonly message?: string | null;
  readonly beside?: readonly SlideBlock[];
}

/** Null where the chart has nothing to draw. */
export function chartSlide({ chart, data, message = null, beside = [] }: ChartSlide): Slide | null {
  const { name, question } = chart;
  const drawn = chart.draw(data, slideSheet);
  if (drawn?.kind !== 'picture') return null;
  return {
    name,
    message: message ?? drawn.title ?? question,
    blocks: [
      { kind: 'picture', chart: name, alt: drawn.alt, draw: () => drawingOf(chart, data, slideSheet) },
      ...beside,
    ],
    note: noteOf(drawn.subtitle),
  };
}
