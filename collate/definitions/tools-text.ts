/** The views of other tools as tables for a terminal. */
import { significant } from '../../scripts/command-line/format.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import type { Recorded } from './recorded.ts';
import type { FigureView, ToolView } from './under-tools.ts';

export function toolsText({ header, status, requests, kernels }: Recorded, views: readonly ToolView[]): string {
  const what = requests.length > 0 ? `${requests.length} measured answers` : `${kernels.length} measured repetitions`;
  const run = `${header.framework.title} ${header.framework.version}, ${header.model.name} ${header.model.quantization.got}: run ${header.uuid}, ${status}, ${what}`;
  return [run, ...views.map(viewText)].join('\n\n');
}

function viewText({ tool, figures }: ToolView): string {
  const present = figures.filter(({ measured }) => measured.kind !== 'absent');
  const absent = figures.flatMap(({ name, measured }) =>
    measured.kind === 'absent' ? [`not to be had: ${name}: ${measured.reason}`] : [],
  );
  return [
    paint('bold', `As ${tool.title}`),
    ...(present.length === 0 ? [] : [figuresTable(present), formulas(present)]),
    ...absent,
    ...tool.remarks.map((remark) => `note: ${remark}`),
    `source: ${tool.source.repository}, read at ${tool.source.commit.slice(0, 12)}`,
  ].join('\n');
}

function figuresTable(figures: readonly FigureView[]): string {
  const rows = figures.map(({ name, unit, measured, ours }) => [
    name,
    ...valuesOf(measured),
    unit,
    ours === null || ours.value === null ? '' : `${significant(ours.value)} ${ours.name}`,
  ]);
  return table(['', 'mean', 'p50', 'p99', 'stddev', 'n', 'unit', 'ours'], rows, 'lrrrrrll');
}

function valuesOf(measured: FigureView['measured']): string[] {
  switch (measured.kind) {
    case 'distribution': {
      const { mean, p50, p99, stddev, count } = measured.distribution;
      return [...[mean, p50, p99, stddev].map((value) => significant(value)), String(count)];
    }
    case 'value':
      return [significant(measured.value), '', '', '', ''];
    case 'absent':
      return [];
    default:
      return measured satisfies never;
  }
}

function formulas(figures: readonly FigureView[]): string {
  return figures
    .map(({ name, formula, source, ours, same }) => {
      const beside =
        ours === null ? '' : `\n    ours: ${same ? 'the same, averaged as' : 'other:'} ${ours.name} = ${ours.formula}`;
      return `  ${name} = ${formula}  [${source}]${beside}`;
    })
    .join('\n');
}
