/** Puts title, subtitle and looks around a chart's picture; a chart with nothing to draw becomes a card that says so. */
import type { TopLevelSpec } from 'vega-lite';
import type { PlotData } from '../data/plot-data.ts';
import { escapeXml, renderSvg } from '../render/svg.ts';
import { wrap } from '../render/text-width.ts';
import { columnHeading, type Table } from '../report/document.ts';
import { card } from './card.ts';
import type { Chart } from './chart.ts';
import { config, headingWidth, ink, softInk, subtitleSize, titleSize } from './theme.ts';

export interface Picture {
  name: string;
  svg: string;
}

/** Null for a chart that is absent. */
export async function drawChart(chart: Chart, data: PlotData): Promise<Picture | null> {
  const applicable = chart.applicable(data);
  switch (applicable.kind) {
    case 'absent':
      return null;
    case 'nothing':
      return { name: chart.name, svg: card(chart.question, applicable.sentence, applicable.command) };
    case 'draw':
      return {
        name: chart.name,
        svg: withData(await renderSvg(composed(chart, data), chart.alt(data)), chart.table(data)),
      };
    default:
      return applicable satisfies never;
  }
}

/** The numbers travel with the picture: the table of the chart as JSON, for whoever gets the SVG alone. */
function withData(svg: string, { columns, rows }: Table): string {
  const records = rows.map((row) => row.map((cell) => cell.value));
  const content = JSON.stringify({ columns: columns.map(columnHeading), rows: records });
  return svg.replace(/<\/svg>\s*$/, () => `<metadata>${escapeXml(content)}</metadata></svg>\n`);
}

function composed(chart: Chart, data: PlotData): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config,
    title: {
      text: wrap(chart.title(data), headingWidth, titleSize, 'semibold'),
      subtitle: chart.subtitle(data).flatMap((line) => wrap(line, headingWidth, subtitleSize)),
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
