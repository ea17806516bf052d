/** The views of other tools as tables for a terminal. */
import { usageError } from '../../scripts/command-line/errors.ts';
import { significant } from '../../scripts/command-line/format.ts';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import { ourFigures } from './our-figures.ts';
import type { Recorded } from './recorded.ts';
import type { Measured, Tool, ToolFigure } from './tool.ts';
import { aiperf } from './tools/aiperf.ts';
import { guidellm } from './tools/guidellm.ts';
import { llamaBench } from './tools/llama-bench.ts';
import { llamaBenchy } from './tools/llama-benchy.ts';
import { mlcBench } from './tools/mlc-bench.ts';
import { mlperfClient } from './tools/mlperf-client.ts';
import { vllm } from './tools/vllm.ts';

/** The tools whose definitions are known. */
export const tools: readonly Tool[] = [vllm, aiperf, guidellm, mlcBench, mlperfClient, llamaBench, llamaBenchy];

/** @throws UserError naming the known ones */
export function toolsNamed(names: readonly string[]): readonly Tool[] {
  if (names.includes('all')) return tools;
  return names.map((name) => {
    const found = tools.find((tool) => tool.name === name);
    if (found !== undefined) return found;
    const known = tools.map((tool) => tool.name);
    throw usageError(
      withSuggestion(`--as does not know "${name}"`, name, known),
      `Known are: ${known.join(', ')}, all.`,
    );
  });
}

type ToolView = ReturnType<typeof underTools>[number];
type FigureView = ToolView['figures'][number];

/** One log under the formulas of other tools, each figure beside ours. */
export function underTools(recorded: Recorded, chosen: readonly Tool[]) {
  return chosen.map(({ figures, ...tool }) => ({
    tool,
    figures: figures.map(({ of, ours, ...facts }) => ({
      ...facts,
      measured: of(recorded),
      ours: oursOf(ours, recorded),
    })),
  }));
}

function oursOf(name: ToolFigure['ours'], recorded: Recorded) {
  const figure = ourFigures.find((each) => each.name === name);
  return figure === undefined ? null : { name: figure.name, formula: figure.formula, value: figure.of(recorded) };
}

export function toolsText({ header, status, requests, kernels }: Recorded, views: readonly ToolView[]): string {
  const what = requests.length > 0 ? `${requests.length} measured answers` : `${kernels.length} measured repetitions`;
  const run = `${header.framework.title} ${header.framework.version}, ${header.model.name} ${header.model.quantization.got}: run ${header.uuid}, ${status}, ${what}`;
  return [run, ...views.map(viewText)].join('\n\n');
}

function viewText({ tool, figures }: ToolView): string {
  const present = figures.filter(({ measured }) => measured.kind !== 'absent');
  const absent = figures.flatMap(({ name, measured }) =>
    measured.kind === 'absent' ? [`not available: ${name}: ${measured.reason}`] : [],
  );
  return [
    paint('bold', `As ${tool.title}`),
    ...(present.length === 0 ? [] : [figuresTable(present), formulas(present)]),
    ...absent,
    ...tool.remarks.map((remark) => `note: ${remark}`),
    `source: ${tool.source.repository}, ${readAt(tool.source)}`,
  ].join('\n');
}

function readAt(source: Tool['source']): string {
  return 'commit' in source ? `read at ${source.commit.slice(0, 12)}` : `read in release ${source.release}`;
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

function valuesOf(measured: Measured): string[] {
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
    .map(({ name, formula, source, ours, same, earlier = [] }) => {
      const before = earlier.map((each) => `\n    before ${each.before}: ${each.formula}`).join('');
      const beside =
        ours === null ? '' : `\n    ours: ${same ? 'the same, averaged as' : 'other:'} ${ours.name} = ${ours.formula}`;
      return `  ${name} = ${formula}  [${source}]${before}${beside}`;
    })
    .join('\n');
}
