/** A slide that shows a chart of the suite, drawn for a slide; its message is what the chart says. */
import { type Chart, drawingOf } from '../charts/chart.ts';
import { type Sheet, slideSheet } from '../charts/sheet.ts';
import type { PlotData } from '../data/plot-data.ts';
import { noteOf, type Slide } from './slide.ts';

interface ChartSlide {
  readonly chart: Chart;
  /** What the slide is about, and nothing else. */
  readonly data: PlotData;
  readonly sheet?: Sheet;
  /** What is said where the chart has no answer in one sentence. */
  readonly otherwise?: string;
}

/** Null where the chart has nothing to draw. */
export function chartSlide({ chart, data, sheet = slideSheet, otherwise }: ChartSlide): Slide | null {
  const { name, question } = chart;
  const drawn = chart.draw(data, sheet);
  if (drawn?.kind !== 'picture') return null;
  return {
    name,
    message: drawn.title ?? otherwise ?? question,
    blocks: [{ kind: 'picture', chart: name, alt: drawn.alt, draw: () => drawingOf(chart, data, sheet) }],
    note: noteOf(drawn.subtitle),
  };
}
