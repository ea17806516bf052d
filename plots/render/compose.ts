/** Puts title, subtitle and looks around a chart's picture; a chart with nothing to draw becomes a card that says so. */
import type { TopLevelSpec } from 'vega-lite';
import { titleOf } from '../charts/captions/names.ts';
import type { Chart } from '../charts/chart.ts';
import type { PlotData } from '../data/plot-data.ts';
import { columnHeading, type Table } from '../report/document.ts';
import { card } from './card.ts';
import { withNotes } from './notes.ts';
import { renderSvg } from './svg.ts';
import { wrap } from './text-width.ts';
import { config, headingWidth, ink, softInk, subtitleSize, titleSize } from './theme.ts';

export interface Picture {
  name: string;
  svg: string;
  /** The numbers of the picture as JSON; empty for a card. */
  data: string;
}

/** Null for a chart that is absent. */
export async function drawChart(chart: Chart, data: PlotData): Promise<Picture | null> {
  const applicable = chart.applicable(data);
  switch (applicable.kind) {
    case 'absent':
      return null;
    case 'nothing':
      return { name: chart.name, svg: card(chart.question, applicable.sentence, applicable.command), data: '' };
    case 'draw': {
      const { subtitle, notes } = smallPrint(chart.subtitle(data));
      const svg = await renderSvg(composed(chart, data, subtitle), chart.alt(data));
      return { name: chart.name, svg: withNotes(svg, notes), data: recordsOf(chart.table(data)) };
    }
    default:
      return applicable satisfies never;
  }
}

/** The table of the chart as JSON, for whoever gets the picture alone. */
function recordsOf({ columns, rows }: Table): string {
  const records = rows.map((row) => row.map((cell) => cell.value));
  return JSON.stringify({ columns: columns.map(columnHeading), rows: records });
}

const mostSubtitleLines = 2;

/** Whole sentences, as many as there is room for; one that is longer than that is cut and stands in full under the picture. */
function smallPrint(entries: readonly string[]): { subtitle: string[]; notes: string[] } {
  const wrapped = entries.map((entry) => wrap(entry, headingWidth, subtitleSize));
  let lines = 0;
  const beyond = wrapped.findIndex((each) => {
    lines += each.length;
    return lines > mostSubtitleLines;
  });
  const [first] = entries;
  if (first === undefined || beyond === -1) return { subtitle: wrapped.flat(), notes: [] };
  if (beyond === 0) {
    return { subtitle: wrap(first, headingWidth, subtitleSize, 'regular', mostSubtitleLines), notes: [...entries] };
  }
  return { subtitle: wrapped.slice(0, beyond).flat(), notes: entries.slice(beyond) };
}

function composed(chart: Chart, data: PlotData, subtitle: string[]): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config,
    title: {
      text: wrap(titleOf(chart, data), headingWidth, titleSize, 'semibold'),
      subtitle,
      anchor: 'start',
      frame: 'bounds',
      color: ink,
      fontSize: titleSize,
      fontWeight: 600,
      lineHeight: titleSize + 5,
      subtitleColor: softInk,
      subtitleFontSize: subtitleSize,
      subtitleLineHeight: subtitleSize + 5,
      subtitlePadding: 6,
      limit: 0,
      offset: 18,
    },
    ...chart.spec(data),
  };
}
