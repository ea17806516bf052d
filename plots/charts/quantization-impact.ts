import { significant } from '../../scripts/command-line/format.ts';
import { correctText, type QuestionScore } from '../../scripts/log/question-score.ts';
import { modelName } from '../data/groups.ts';
import { axisTitle, metricOf, readable, summaryOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { type Series, seriesOf } from '../data/quantization-series.ts';
import { type BarPanel, barPanel, largestBar, onOneScale } from '../panels/bar-panel.ts';
import { ownScales, shareScale } from '../panels/panel-scale.ts';
import { labelled } from '../panels/rows.ts';
import { mostPanels, panelStack, panelsAcross, panelWidth } from '../panels/stack.ts';
import { frameworkColor } from '../render/palette.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, left, right, summaryCells, withoutConstants, words } from '../report/table.ts';
import { hollowLines, markLines, runsPerMember } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

const decodeRate = metricOf('decode_tokens_per_s');
const modelSize = { ...metricOf('model_bytes'), title: 'Model file' };
const question = 'What does quantisation gain, and what does it save?';

const comparedSeries = ({ groups }: PlotData): Series[] => seriesOf(groups).filter((series) => series.steps.length > 1);
const chosen = (data: PlotData): Series[] => comparedSeries(data).slice(0, mostPanels);
const nameOf = (series: Series) => [series.framework, series.hostname, series.device, modelOf(series)].join(' · ');
const modelOf = (series: Series) => modelName(series) + (series.condition === '' ? '' : `, ${series.condition}`);

export const quantizationImpact: Chart = {
  name: 'quantization_impact',
  question,
  applicable: (data) =>
    comparedSeries(data).length > 0
      ? draw
      : {
          kind: 'nothing',
          sentence: 'Every framework ran in one quantisation only.',
          command: nextCommands(data).moreQuantizations,
        },
  title: (data) => {
    const [series, ...others] = comparedSeries(data);
    if (series === undefined || others.length > 0) return question;
    const { framework, fastest, slowest, comparison } = series;
    if (comparison === null) return question;
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
  },
  subtitle: (data) => {
    const shown = chosen(data);
    const all = comparedSeries(data);
    const [first] = shown;
    const groups = shown.flatMap((series) => series.groups);
    return [
      first !== undefined && shown.length === 1
        ? `${nameOf(first)}, ${runsPerMember(first.groups)}`
        : 'One panel for each framework, host, device and model; quantisations are never pooled.',
      ...markLines(groups).slice(0, 1),
      ...(barsOf(shown, 1).every((column) => shareScale(column.map(largestBar))) ? [] : [ownScales]),
      ...hollowLines(groups),
      ...(all.length > shown.length
        ? [`${all.length - shown.length} more series are in the table of the report.`]
        : []),
    ];
  },
  spec: (data) => {
    const shown = chosen(data);
    const across = panelsAcross(shown.length);
    const columns = barsOf(shown, across).map(onOneScale);
    return panelStack(
      shown.map((series, place) => ({
        title: shown.length === 1 ? '' : nameOf(series),
        cells: columns.flatMap((column) => column[place] ?? []).map(barPanel),
      })),
      across,
    );
  },
  table: (data) => {
    const all = comparedSeries(data);
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
  },
  alt: (data) =>
    `Bars of ${axisTitle(decodeRate)} and size of the model file by quantisation. ${comparedSeries(data)
      .map((series) => `${nameOf(series)}: ${series.steps.map(stepInWords).join(', ')}.`)
      .slice(0, 6)
      .join(' ')}`,
};

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
