/** A chart as blocks of the report: picture and numbers, or the sentence that says what is missing. */

import { titleOf } from '../charts/captions/names.ts';
import { charts } from '../charts/registry.ts';
import { type Block, note } from './document.ts';
import type { ReportInput } from './report-input.ts';

export function chartBlocks({ data, figures }: ReportInput, name: string): Block[] {
  const chart = charts.find((candidate) => candidate.name === name);
  if (chart === undefined) throw new Error(`no chart ${name}`);
  const applicable = chart.applicable(data);
  switch (applicable.kind) {
    case 'absent':
      return [];
    case 'nothing':
      return [
        note(
          `${chart.question} ${applicable.sentence}${applicable.command === undefined ? '' : ' This fills the gap:'}`,
        ),
        ...(applicable.command === undefined ? [] : [{ kind: 'commands' as const, lines: [applicable.command] }]),
      ];
    case 'draw':
      return [
        {
          kind: 'figure',
          chart: name,
          title: titleOf(chart, data),
          alt: chart.alt(data),
          files: figures.get(name) ?? {},
        },
        chart.table(data),
      ];
    default:
      return applicable satisfies never;
  }
}
