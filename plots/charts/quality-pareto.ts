/** What speed and small weights cost in quality: results over their decode rate and over their memory. */
import { percentWithPlaces, significant } from '../../scripts/command-line/format.ts';
import { nextCommands } from '../data/next-commands.ts';
import { type QualityPanel, type QualityPoint, qualityPanels } from '../data/quality-points.ts';
import { panelStack, panelWidth, scaleLines } from '../panels/panel.ts';
import { paretoFront, placed } from '../panels/quality-axes.ts';
import { qualityPanel } from '../panels/quality-panel.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, left, right, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines } from './scope.ts';
import { page } from './sheet.ts';

const mostPanels = 4;
/** Labels and title of the vertical axis. */
const axisWidth = 62;
const costs = ['rate', 'memory'] as const;

export const qualityPareto: Chart = {
  name: 'quality_pareto',
  question: 'What do speed and small weights cost in quality?',
  draw(data, sheet = page) {
    const panels = qualityPanels(data.accuracy, data.runs);
    const [first, ...others] = panels;
    if (first === undefined) {
      // Nobody who measured speed alone has to be told that quality was not measured.
      if (data.accuracy.length === 0) return null;
      return { kind: 'gap', sentence: 'No task was answered to its end.', command: nextCommands(data).accuracy };
    }
    const isAlone = others.length === 0;
    const shown = panels.slice(0, Math.min(mostPanels, sheet.panels));
    const hollow = new Set(shown.flatMap(({ points }) => points.filter(({ mark }) => mark !== null).map(markedName)));
    const away = new Set(shown.flatMap((panel) => panel.left));
    const rows = panels.flatMap((panel) => {
      const fronts = frontsOf(panel);
      return panel.points.map((point) => ({ panel, point, fronts }));
    });
    return {
      kind: 'picture',
      title: isAlone ? titleOf(first) : null,
      subtitle: [
        ...(isAlone ? [`${placeOf(first)}. ${scopeOf(first)}.`] : []),
        ...new Set(shown.map(({ measure }) => measures[measure].interval)),
        ...new Set(shown.map(({ rateSource }) => rates[rateSource].words)),
        'Dashed: the Pareto front, what is not beaten in both by another ranked result; intervals may overlap it.',
        ...(hollow.size === 0 ? [] : [`Hollow: not ranked: ${[...hollow].join(', ')}.`]),
        ...(away.size === 0
          ? []
          : [`Answered other items, and is only in the table of tasks: ${[...away].join(', ')}.`]),
        ...scaleLines(isAlone),
        ...moreLines(panels.length - shown.length, 'panel'),
      ],
      spec: panelStack(
        shown.flatMap((panel) =>
          costs
            .flatMap((cost) => placed(panel, cost) ?? [])
            .slice(0, sheet.panels)
            .map((cost, i) => ({
              title: isAlone || i > 0 ? '' : `${placeOf(panel)}: ${scopeOf(panel)}`,
              cells: [qualityPanel(cost, panelWidth(1, sheet.width) - axisWidth)],
            })),
        ),
      ),
      table: withoutConstants(
        tableOf('Quality beside decode rate and memory', rows, [
          [left('Host'), ({ panel }) => panel.hostname],
          [left('Device'), ({ panel }) => panel.device],
          [left('Model'), ({ panel }) => panel.model],
          [left('Quality'), ({ panel }) => measures[panel.measure].name],
          [left('Result'), ({ point }) => markedName(point)],
          [left('Weight class'), ({ point }) => point.weightClass],
          [right('Value'), ({ panel, point }) => qualityCell(panel, point)],
          [right('95 % interval'), ({ panel, point }) => intervalCell(panel, point)],
          [right('Decode rate', 'tokens/s'), ({ point }) => figure(point.rate?.value ?? null)],
          [left('Of'), ({ panel }) => rates[panel.rateSource].of],
          [right('Memory', 'MB'), ({ point: { memory } }) => figure(memory === null ? null : memory.value / 1e6)],
          [right('Runs'), ({ point }) => count(point.runs)],
          [left('Front'), ({ point, fronts }) => fronts(point.name) || '–'],
        ]),
      ),
      alt: altText(
        'Quality over decode rate, and over memory.',
        panels.map((panel) => `${placeOf(panel)}: ${panel.points.map((point) => inWords(panel, point)).join(', ')}.`),
        mostPanels,
      ),
    };
  },
};

function titleOf(panel: QualityPanel): string | null {
  // Rates of runs that were not made to measure speed decide nothing.
  const cost = panel.rateSource === 'own' ? null : (placed(panel, 'rate') ?? placed(panel, 'memory'));
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

const measures: Record<QualityPanel['measure'], { readonly name: string; readonly interval: string }> = {
  share: {
    name: 'share correct',
    interval: 'Vertical bars: 95 % Wilson interval of the share of correct items.',
  },
  perplexity: {
    name: 'perplexity',
    interval: 'Perplexity: less is better. Vertical bars: 95 % interval, from its standard error.',
  },
  kl: {
    name: 'KL divergence',
    interval:
      'KL divergence from the reference: less is better. Vertical bars: 95 % interval, from its standard error.',
  },
};

/** Where the rates come from: in the small print, and in the table. */
const rates: Record<QualityPanel['rateSource'], { readonly words: string; readonly of: string }> = {
  qa: {
    words:
      'Decode rate and memory: geometric mean over runs of the question workload. Horizontal bars: 95 % interval, from three runs on.',
    of: 'questions',
  },
  kernel: {
    words:
      'Decode rate (tg) and memory: geometric mean over runs of the kernel workload. Horizontal bars: 95 % interval, from three runs on.',
    of: 'kernel (tg)',
  },
  own: {
    words:
      'Decode rate and memory: of the accuracy runs themselves, which were not made to measure speed; without interval.',
    of: 'these answers',
  },
};

function placeOf({ hostname, device, model }: QualityPanel): string {
  return [hostname, device, model].join(' · ');
}

function scopeOf({ measure, scope }: QualityPanel): string {
  const { name } = measures[measure];
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} of ${scope}`;
}

function markedName({ name, mark }: QualityPoint): string {
  return mark === null ? name : `${name} (${mark})`;
}

/** @returns the fronts that a result is on, by its name: `speed, memory` */
function frontsOf(panel: QualityPanel): (name: string) => string {
  const fronts = costs.map((cost) => {
    const found = placed(panel, cost);
    const front = found === null ? [] : paretoFront(found.results, found.x, found.y);
    return { cost: cost === 'rate' ? 'speed' : cost, names: front.map(({ name }) => name) };
  });
  return (name) =>
    fronts
      .filter(({ names }) => names.includes(name))
      .map(({ cost }) => cost)
      .join(', ');
}

function qualityCell({ measure }: QualityPanel, { quality, counted }: QualityPoint): Cell {
  if (measure !== 'share') return figure(quality.value);
  return { text: `${percentWithPlaces(quality.value, 1)} of ${counted?.items}`, value: quality.value };
}

function intervalCell({ measure }: QualityPanel, { quality: { interval } }: QualityPoint): string {
  if (interval === null) return '–';
  const show =
    measure === 'share' ? (value: number) => percentWithPlaces(value, 1) : (value: number) => significant(value);
  return `${show(interval.low)} to ${show(interval.high)}`;
}

function inWords({ measure }: QualityPanel, { name, quality, rate, memory }: QualityPoint): string {
  const value = measure === 'share' ? percentWithPlaces(quality.value, 1) : significant(quality.value);
  const beside = [
    ...(rate === null ? [] : [`${significant(rate.value)} tokens/s`]),
    ...(memory === null ? [] : [`${significant(memory.value / 1e6)} MB`]),
  ];
  return `${name} ${measures[measure].name} ${value}${beside.length === 0 ? '' : ` at ${beside.join(' and ')}`}`;
}
