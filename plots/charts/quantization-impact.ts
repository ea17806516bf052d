/** The same framework in several quantisations: what it gains in speed, and what it saves in size. */
import { significant } from '../../scripts/command-line/format.ts';
import { correctText } from '../../scripts/results/figures/question-score.ts';
import { modelName } from '../data/groups.ts';
import { axisTitle, metricOf, readable, summaryOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { type Series, seriesOf } from '../data/quantization-series.ts';
import { barScaleLines, barStack } from '../panels/bar-stack.ts';
import { hollowLines, markLines } from '../panels/marks.ts';
import { mostPanels } from '../panels/panel.ts';
import { frameworkColor } from '../render/theme.ts';
import type { Table } from '../report/document.ts';
import { count, figure, left, right, summaryCells, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines, runsPerMember, valueWords } from './scope.ts';
import { page } from './sheet.ts';

const decodeRate = metricOf('decode_tokens_per_s');
const modelSize = { ...metricOf('model_bytes'), title: 'Model file' };
const metrics = [decodeRate, modelSize];

export const quantizationImpact: Chart = {
  name: 'quantization_impact',
  question: 'What does quantisation gain, and what does it save?',
  draw(data, sheet = page) {
    const all = seriesOf(data.groups).filter((series) => series.steps.length > 1);
    const [first, ...others] = all;
    if (first === undefined) {
      const sentence = 'Every framework ran in one quantisation only.';
      return { kind: 'gap', sentence, command: nextCommands(data).moreQuantizations };
    }
    const shown = all.slice(0, Math.min(mostPanels, sheet.panels));
    const groups = shown.flatMap((series) => series.groups);
    const panels = shown.map((series) => ({
      title: nameOf(series),
      rows: series.steps.map(({ label, ranked, runs }) => {
        return { name: label, color: frameworkColor(series.framework), ranked, runs };
      }),
    }));
    return {
      kind: 'picture',
      title: others.length > 0 ? null : titleOf(first),
      subtitle: [
        others.length > 0
          ? 'One panel for each framework, host, device and model; quantisations are never pooled.'
          : `${nameOf(first)}, ${runsPerMember(first.groups)}`,
        ...markLines(groups).slice(0, 1),
        ...barScaleLines(panels, metrics),
        ...hollowLines(groups),
        ...moreLines(all.length - shown.length, 'series', 'series'),
      ],
      spec: barStack(panels, metrics, sheet.width),
      table: tableOfSeries(all),
      alt: altText(
        `Bars of ${axisTitle(decodeRate)} and size of the model file by quantisation.`,
        all.map((series) => {
          const rates = series.steps.map(({ label, runs }) => `${label} ${valueWords(runs, decodeRate)}`);
          return `${nameOf(series)}: ${rates.join(', ')}.`;
        }),
      ),
    };
  },
};

const nameOf = (series: Series) => [series.title, series.hostname, series.device, modelOf(series)].join(' · ');
const modelOf = (series: Series) => modelName(series) + (series.condition === '' ? '' : `, ${series.condition}`);

function titleOf({ title, fastest, slowest, comparison }: Series): string | null {
  if (comparison === null) return null;
  const times = `${significant(comparison.ratio)}×`;
  switch (comparison.verdict) {
    case 'higher':
    case 'lower':
      return `${title} decodes ${times} as fast in ${fastest} as in ${slowest}`;
    case 'no detectable difference':
      return `${title} in ${fastest} and in ${slowest}: no detectable difference`;
    case 'too few runs':
      return `${title} decoded ${times} as fast in ${fastest} as in ${slowest}, in too few runs to be sure`;
    default:
      return comparison.verdict satisfies never;
  }
}

function tableOfSeries(all: readonly Series[]): Table {
  const rows = all.flatMap((series) => series.steps.map((step) => ({ series, step })));
  const size = readable(
    modelSize,
    rows.flatMap(({ step }) => step.runs),
  );
  return withoutConstants(
    tableOf('Decode rate and model file by quantisation', rows, [
      [left('Host'), ({ series }) => series.hostname],
      [left('Device'), ({ series }) => series.device],
      [left('Model'), ({ series }) => modelOf(series)],
      [left('Framework'), ({ series }) => series.title],
      [left('Quantisation'), ({ step }) => step.label],
      [right('Bits per weight', 'bit'), ({ step }) => figure(step.bitsPerWeight)],
      [right('Runs'), ({ step }) => count(step.runs.length)],
      [right(decodeRate.title, decodeRate.unit), ({ step }) => summaryCells(step, decodeRate)[0]],
      [right('95 % interval', decodeRate.unit), ({ step }) => summaryCells(step, decodeRate)[1]],
      [right(size.title, size.unit), ({ step }) => figure(summaryOf(step.runs, size)?.center ?? null)],
      [
        right('Correct questions'),
        ({ step: { score } }) =>
          score === null
            ? { text: 'not judged', value: null }
            : { text: `${correctText(score)} of ${score.questions}`, value: score.correct / score.questions },
      ],
    ]),
  );
}
