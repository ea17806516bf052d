/** What was drawn, where it lies, and what there was nothing to draw of. */

import { chooseGroups } from '../charts/captions/marks.ts';
import { titleOf } from '../charts/captions/names.ts';
import { charts } from '../charts/registry.ts';
import type { PlotData } from '../data/plot-data.ts';
import { buildReport } from '../report/build.ts';
import { leadingAnswer } from '../report/sections/opening.ts';
import type { Format } from './format.ts';
import { picturePath, reportPath } from './paths.ts';

export interface PlotSummary {
  runs: number;
  completed: number;
  charts: ChartSummary[];
  report: Partial<Record<'md' | 'html' | 'pdf' | 'json', string>>;
  /** What the report's first page answers, in its words. */
  answer: string;
  /** The figures behind it; empty where there are none. */
  figures: string;
}

interface ChartSummary {
  name: string;
  /** False for a card that says why there is nothing to compare. */
  drawn: boolean;
  /** Title of the chart, or the sentence on the card. */
  says: string;
  /** Command that would fill a card. */
  command?: string;
  files: string[];
}

export function summaryOf(data: PlotData, output: string, formats: readonly Format[]): PlotSummary {
  const report: PlotSummary['report'] = {};
  for (const format of ['md', 'html', 'pdf', 'json'] as const) {
    if (formats.includes(format)) report[format] = reportPath(output, format);
  }
  return {
    runs: data.runs.length,
    completed: data.runs.filter((run) => run.status === 'completed').length,
    charts: charts.flatMap((chart) => {
      const applicable = chart.applicable(data);
      if (applicable.kind === 'absent') return [];
      const files = (['svg', 'png'] as const)
        .filter((format) => formats.includes(format))
        .map((format) => picturePath(output, chart.name, format));
      if (applicable.kind === 'draw') return { name: chart.name, drawn: true, says: titleOf(chart, data), files };
      const { sentence, command } = applicable;
      return { name: chart.name, drawn: false, says: sentence, ...(command === undefined ? {} : { command }), files };
    }),
    report,
    answer: answerOf(data),
    figures: figuresOf(data),
  };
}

function answerOf(data: PlotData): string {
  const blocks = buildReport({ data, figures: new Map() }).sections.flatMap((section) => section.blocks);
  const found = blocks.find((block) => block.kind === 'paragraph' && block.role === 'answer');
  return found?.kind === 'paragraph' ? found.text : '';
}

function figuresOf({ groups }: PlotData): string {
  const [main] = chooseGroups(groups, 1).shown;
  return main === undefined ? '' : leadingAnswer(groups, main).figures;
}
