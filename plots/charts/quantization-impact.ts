/** The same framework in several quantisations: what it gains in speed, and what it saves in size. */
import { significant } from '../../scripts/command-line/format.ts';
import { correctText, type QuestionScore } from '../../scripts/results/figures/question-score.ts';
import { modelName } from '../data/groups.ts';
import { axisTitle, metricOf, readable, summaryOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { type Series, seriesOf } from '../data/quantization-series.ts';
import { type BarPanel, barPanel, largestBar, onOneScale } from '../panels/bar-panel.ts';
import { mostPanels, ownScales, panelStack, panelsAcross, panelWidth, shareScale } from '../panels/panel.ts';
import { labelled } from '../panels/rows.ts';
import { frameworkColor } from '../render/theme.ts';
import type { Cell, Table } from '../report/document.ts';
import { count, figure, left, right, summaryCells, withoutConstants, words } from '../report/table.ts';
import { hollowLines, markLines } from './captions/marks.ts';
import { moreLines, runsPerMember } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const decodeRate = metricOf('decode_tokens_per_s');
const modelSize = { ...metricOf('model_bytes'), title: 'Model file' };

export const quantizationImpact: Chart = {
  name: 'quantization_impact',
  question: 'What does quantisation gain, and what does it save?',
  draw(data) {
    const all = seriesOf(data.groups).filter((series) => series.steps.length > 1);
    if (all.length === 0) {
      const sentence = 'Every framework ran in one quantisation only.';
      return { kind: 'gap', sentence, command: nextCommands(data).moreQuantizations };
    }
    const shown = all.slice(0, mostPanels);
    const [first] = shown;
    const groups = shown.flatMap((series) => series.groups);
    const across = panelsAcross(shown.length);
    const columns = barsOf(shown, across);
    const onScales = columns.map(onOneScale);
    return {
      kind: 'picture',
      title: titleOf(all),
      subtitle: [
        first !== undefined && shown.length === 1
          ? `${nameOf(first)}, ${runsPerMember(first.groups)}`
          : 'One panel for each framework, host, device and model; quantisations are never pooled.',
        ...markLines(groups).slice(0, 1),
        ...(columns.every((column) => shareScale(column.map(largestBar))) ? [] : [ownScales]),
        ...hollowLines(groups),
        ...moreLines(all.length - shown.length, 'series', 'series'),
      ],
      spec: panelStack(
        shown.map((series, place) => ({
          title: shown.length === 1 ? '' : nameOf(series),
          cells: onScales.flatMap((column) => column[place] ?? []).map(barPanel),
        })),
        across,
      ),
      table: tableOf(all),
      alt: `Bars of ${axisTitle(decodeRate)} and size of the model file by quantisation. ${all
        .map((series) => `${nameOf(series)}: ${series.steps.map(stepInWords).join(', ')}.`)
        .slice(0, 6)
        .join(' ')}`,
    };
  },
};

const nameOf = (series: Series) => [series.framework, series.hostname, series.device, modelOf(series)].join(' · ');
const modelOf = (series: Series) => modelName(series) + (series.condition === '' ? '' : `, ${series.condition}`);

function titleOf([series, ...others]: readonly Series[]): string | null {
  if (series === undefined || others.length > 0 || series.comparison === null) return null;
  const { framework, fastest, slowest, comparison } = series;
  const times = `${significant(comparison.ratio)}×`;
  switch (comparison.verdict) {
    case 'higher':
    case 'lower':
      return `${framework} decodes ${times} as fast in ${fastest} as in ${slowest}`;
    case 'no detectable difference':
      return `${framework} in ${fastest} and in ${slowest}: no detectable difference`;
    case 'too few runs':
      return `${framework} decoded ${times} as fast in ${fastest} as in ${slowest}, in too few runs to be sure`;
    default:
      return comparison.verdict satisfies never;
  }
}

function tableOf(all: readonly Series[]): Table {
  const size = readable(
    modelSize,
    all.flatMap((series) => series.steps.flatMap((step) => step.runs)),
  );
  return withoutConstants({
    kind: 'table',
    caption: 'Decode rate and model file by quantisation',
    columns: [
      left('Host'),
      left('Device'),
      left('Model'),
      left('Framework'),
      left('Quantisation'),
      right('Bits per weight', 'bit'),
      right('Runs'),
      right(decodeRate.title, decodeRate.unit),
      right('95 % interval', decodeRate.unit),
      right(size.title, size.unit),
      right('Correct questions'),
    ],
    rows: all.flatMap((series) =>
      series.steps.map((step) => [
        words(series.hostname),
        words(series.device),
        words(modelOf(series)),
        words(series.framework),
        words(step.label),
        figure(step.bitsPerWeight),
        count(step.runs.length),
        ...summaryCells(step, decodeRate),
        figure(summaryOf(step.runs, size)?.center ?? null),
        correctCell(step.score),
      ]),
    ),
  });
}

/** Decode rates and sizes of the files, a panel a series. */
function barsOf(shown: readonly Series[], across: number): BarPanel[][] {
  const size = readable(
    modelSize,
    shown.flatMap(({ steps }) => steps.flatMap(({ runs }) => runs)),
  );
  const panels = labelled(shown, ({ steps }) => steps.map((step) => step.label));
  return [decodeRate, size].map((metric, i) =>
    panels.map(({ panel: { framework, steps }, labels }) => ({
      metric,
      rows: steps.map(({ ranked, runs }) => ({ color: frameworkColor(framework), ranked, runs })),
      labels,
      showLabels: i === 0,
      width: (panelWidth(across) - labels.width - 22) / 2,
      points: metric.name !== 'model_bytes',
    })),
  );
}

function correctCell(score: QuestionScore | null): Cell {
  return score === null
    ? { text: 'not judged', value: null }
    : { text: `${correctText(score)} of ${score.questions}`, value: score.correct / score.questions };
}

function stepInWords(step: Series['steps'][number]): string {
  const rate = summaryOf(step.runs, decodeRate);
  return `${step.label} ${rate === null ? 'no figure' : `${significant(rate.center)} ${decodeRate.unit}`}`;
}
