/** What speed and small weights cost in quality: results over their decode rate and over their memory. */
import { significant } from '../../scripts/command-line/format.ts';
import { nextCommands } from '../data/next-commands.ts';
import { type QualityPanel, type QualityPoint, qualityPanels } from '../data/quality-points.ts';
import { ownScales, panelStack, panelWidth } from '../panels/panel.ts';
import { paretoFront, placed } from '../panels/quality-axes.ts';
import { qualityPanel } from '../panels/quality-panel.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, left, right, withoutConstants, words } from '../report/table.ts';
import { moreLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const mostPanels = 4;
/** Labels and title of the vertical axis. */
const axisWidth = 62;
const costs = ['rate', 'memory'] as const;

export const qualityPareto: Chart = {
  name: 'quality_pareto',
  question: 'What do speed and small weights cost in quality?',
  draw(data) {
    const panels = qualityPanels(data.accuracy, data.runs);
    if (panels.length === 0) {
      // Nobody who measured speed alone has to be told that quality was not measured.
      if (data.accuracy.length === 0) return null;
      return { kind: 'gap', sentence: 'No task was answered to its end.', command: nextCommands(data).accuracy };
    }
    const shown = panels.slice(0, mostPanels);
    const hollow = [...new Set(shown.flatMap(({ points }) => points.flatMap(markText)))];
    const away = [...new Set(shown.flatMap((panel) => panel.left))];
    return {
      kind: 'picture',
      title: titleOf(panels),
      subtitle: [
        ...(panels.length === 1 ? panels.map((panel) => `${placeOf(panel)}. ${scopeOf(panel)}.`) : []),
        ...new Set(shown.map(({ measure }) => intervalLines[measure])),
        ...new Set(shown.map(({ rateSource }) => rateLines[rateSource])),
        'Dashed: the Pareto front, what is not beaten in both by another ranked result; intervals may overlap it.',
        ...(hollow.length === 0 ? [] : [`Hollow: not ranked: ${hollow.join(', ')}.`]),
        ...(away.length === 0 ? [] : [`Answered other items, and is only in the table of tasks: ${away.join(', ')}.`]),
        ...(panels.length > 1 ? [ownScales] : []),
        ...moreLines(panels.length - shown.length, 'panel'),
      ],
      spec: panelStack(
        shown.flatMap((panel) =>
          costs
            .flatMap((cost) => placed(panel, cost) ?? [])
            .map((cost, i) => ({
              title: panels.length === 1 || i > 0 ? '' : `${placeOf(panel)}: ${scopeOf(panel)}`,
              cells: [qualityPanel(cost, panelWidth(1) - axisWidth)],
            })),
        ),
      ),
      table: withoutConstants({
        kind: 'table',
        caption: 'Quality beside decode rate and memory',
        columns: [
          left('Host'),
          left('Device'),
          left('Model'),
          left('Quality'),
          left('Result'),
          left('Weight class'),
          right('Value'),
          right('95 % interval'),
          right('Decode rate', 'tokens/s'),
          left('Of'),
          right('Memory', 'MB'),
          right('Runs'),
          left('Front'),
        ],
        rows: panels.flatMap(rowsOf),
      }),
      alt: `Quality over decode rate, and over memory. ${panels
        .map((panel) => `${placeOf(panel)}: ${panel.points.map((point) => inWords(panel, point)).join(', ')}.`)
        .slice(0, 4)
        .join(' ')}`,
    };
  },
};

function titleOf([panel, ...others]: readonly QualityPanel[]): string | null {
  // Rates of runs that were not made to measure speed decide nothing.
  if (panel === undefined || others.length > 0 || panel.rateSource === 'own') return null;
  const cost = placed(panel, 'rate') ?? placed(panel, 'memory');
  if (cost === null || cost.results.length < 2) return null;
  const front = paretoFront(cost.results, cost.x, cost.y);
  const [only] = front;
  if (only === undefined) return null;
  if (front.length > 1) return `${front.length} of ${cost.results.length} results are on the Pareto front`;
  // A lead within the noise of the rates is no answer.
  const beside = cost.results.filter((result) => result !== only && result.ranked);
  const leads = beside.every(({ x }) => (cost.x.rises ? x.high < only.x.low : x.low > only.x.high));
  return leads ? `No other result scores as high as ${only.name} and is as ${cost.x.rises ? 'fast' : 'small'}` : null;
}

const measureNames = { share: 'share correct', perplexity: 'perplexity', kl: 'KL divergence' } as const;

const intervalLines = {
  share: 'Vertical bars: 95 % Wilson interval of the share of correct items.',
  perplexity: 'Perplexity: less is better. Vertical bars: 95 % interval, from its standard error.',
  kl: 'KL divergence from the reference: less is better. Vertical bars: 95 % interval, from its standard error.',
} as const;

const rateLines = {
  qa: 'Decode rate and memory: geometric mean over runs of the question workload. Horizontal bars: 95 % interval, from three runs on.',
  kernel:
    'Decode rate (tg) and memory: geometric mean over runs of the kernel workload. Horizontal bars: 95 % interval, from three runs on.',
  own: 'Decode rate and memory: of the accuracy runs themselves, which were not made to measure speed; without interval.',
} as const;

function placeOf({ hostname, device, model }: QualityPanel): string {
  return [hostname, device, model].join(' · ');
}

function scopeOf({ measure, scope }: QualityPanel): string {
  const name = measureNames[measure];
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} of ${scope}`;
}

function markText({ name, mark }: QualityPoint): string[] {
  return mark === null ? [] : [`${name} (${mark})`];
}

function rowsOf(panel: QualityPanel): Cell[][] {
  const fronts = costs.flatMap((cost) => {
    const found = placed(panel, cost);
    const names = found === null ? [] : paretoFront(found.results, found.x, found.y).map(({ name }) => name);
    return [{ cost: cost === 'rate' ? 'speed' : 'memory', names: new Set(names) }];
  });
  return panel.points.map((point) => {
    const on = fronts.filter(({ names }) => names.has(point.name)).map(({ cost }) => cost);
    return [
      words(panel.hostname),
      words(panel.device),
      words(panel.model),
      words(measureNames[panel.measure]),
      words(point.mark === null ? point.name : `${point.name} (${point.mark})`),
      words(point.weightClass),
      qualityCell(panel, point),
      intervalCell(panel, point),
      figure(point.rate?.value ?? null),
      words(panel.rateSource === 'own' ? 'these answers' : panel.rateSource === 'qa' ? 'questions' : 'kernel (tg)'),
      figure(point.memory === null ? null : point.memory.value / 1e6),
      count(point.runs),
      words(on.join(', ') || '–'),
    ];
  });
}

function qualityCell({ measure }: QualityPanel, { quality, counted }: QualityPoint): Cell {
  if (measure !== 'share') return figure(quality.value);
  return { text: `${percent(quality.value)} of ${counted?.items}`, value: quality.value };
}

function intervalCell({ measure }: QualityPanel, { quality: { interval } }: QualityPoint): Cell {
  if (interval === null) return { text: '–', value: null };
  const show = measure === 'share' ? percent : (value: number) => significant(value);
  return words(`${show(interval.low)} to ${show(interval.high)}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function inWords({ measure }: QualityPanel, { name, quality, rate, memory }: QualityPoint): string {
  const value = measure === 'share' ? percent(quality.value) : significant(quality.value);
  const beside = [
    ...(rate === null ? [] : [`${significant(rate.value)} tokens/s`]),
    ...(memory === null ? [] : [`${significant(memory.value / 1e6)} MB`]),
  ];
  return `${name} ${measureNames[measure]} ${value}${beside.length === 0 ? '' : ` at ${beside.join(' and ')}`}`;
}
