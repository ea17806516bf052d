/** A server under load: throughput and latency over clients or arrival rate. Rates and times are never on one axis. */

import { frameworkTitle } from '../../../../collate/analysis/framework-title.ts';
import { significant } from '../../../../scripts/command-line/format.ts';
import { type LoadSeries, loadSeries, loadWords, stepMean } from '../../../data/load-series.ts';
import { count, figure, left, right, tableOf } from '../../../report/table.ts';
import { type Line, lineLayers, mostLines } from '../line-chart.ts';
import { layered } from '../spec.ts';
import { type Action, choice, nothing, type Shown, type View } from '../view.ts';

const figures = [
  { name: 'tokens_per_s', title: 'Throughput', unit: 'tokens/s' },
  { name: 'ttft_p50_ms', title: 'Time to first token, median', unit: 'ms' },
  { name: 'ttft_p95_ms', title: 'Time to first token, p95', unit: 'ms' },
  { name: 'tpot_p50_ms', title: 'Time per output token, median', unit: 'ms' },
  { name: 'goodput_requests_per_s', title: 'Goodput', unit: '1/s' },
] as const;
type FigureName = (typeof figures)[number]['name'];

export const load: View = {
  name: 'load',
  title: 'Load',
  question: 'How much load can the server take?',
  draw(shown) {
    const all = seriesOf(shown);
    const kinds = choice(
      shown,
      'arrivals',
      'Load by',
      [...new Set(all.map(({ arrivals }) => arrivals))].map((value) => ({ value, label: arrivalWords[value] })),
    );
    const series = all.filter(({ arrivals }) => arrivals === kinds.chosen);
    const ofFigure = choice(
      shown,
      'load-figure',
      'Figure',
      figures
        .filter(({ name }) => series.some(({ steps }) => steps.some((step) => stepMean(step, name) !== null)))
        .map(({ name, title }) => ({ value: name, label: title })),
    );
    const chosen = figures.find(({ name }) => name === ofFigure.chosen);
    if (chosen === undefined) return nothing('No load test of a server is shown.', [kinds]);
    const lines = series.slice(0, mostLines).map((each) => lineOf(each, chosen.name, shown));
    const actions = lines.map(({ framework }): Action => ({ kind: 'filter', facet: 'framework', value: framework }));
    const rows = series.flatMap((each, i) =>
      each.steps.map((step) => ({ each, step, name: lines[i]?.name ?? each.server, action: actions[i] ?? null })),
    );
    const axes = {
      x: kinds.chosen === 'closed' ? 'Clients' : 'Requests per second',
      y: `${chosen.title} (${chosen.unit})`,
      logarithmic: false,
    };
    return {
      sentence: sentenceOf(series, lines),
      choices: [kinds, ofFigure],
      notes: ['Points: geometric means over runs, with the lowest and the highest run.'],
      rowActions: rows.map(({ action }) => action),
      table: tableOf('Stages of the load tests', rows, [
        [left('Server'), ({ name }) => name],
        [left('Load'), ({ each, step }) => loadWords(each, step)],
        ...figures.map(
          ({ name, title, unit }) =>
            [right(title, unit), ({ step }: (typeof rows)[number]) => figure(stepMean(step, name))] as const,
        ),
        [right('Runs'), ({ step }) => count(step.rows.length)],
      ]),
      chart: {
        name: `load-${chosen.name}`,
        label: `${axes.y} over ${axes.x.toLowerCase()}, ${lines.length} servers. ${sentenceOf(series, lines)}`,
        actions,
        spec: (width) => layered(lineLayers(lines, axes, width), width, 340),
      },
    };
  },
};

const arrivalWords = {
  closed: 'clients',
  constant: 'requests at a constant rate',
  poisson: 'requests at random',
} as const;

function seriesOf({ data, runs }: Shown): LoadSeries[] {
  const uuids = new Set(runs.map(({ uuid }) => uuid));
  return loadSeries(
    data.load.filter(({ uuid }) => uuids.has(uuid)),
    runs,
  );
}

function lineOf(
  { framework, server, model, weightClass, limits, steps }: LoadSeries,
  name: FigureName,
  { runs }: Shown,
): Line {
  const run = runs.find((each) => each.framework === framework);
  const title = run === undefined ? framework : frameworkTitle(run);
  return {
    framework,
    short: title,
    name: [title, server, model, weightClass, limits].filter((part) => part !== '').join(' · '),
    points: steps.flatMap((step) => {
      const values = step.rows.flatMap((row) => row[name] ?? []);
      const y = stepMean(step, name);
      return y === null ? [] : [{ x: step.load, y, low: Math.min(...values), high: Math.max(...values) }];
    }),
  };
}

function sentenceOf(series: readonly LoadSeries[], lines: readonly Line[]): string {
  const peaks = series.flatMap((each, i) =>
    each.steps.map((step) => ({
      name: lines[i]?.short ?? each.server,
      words: loadWords(each, step),
      rate: stepMean(step, 'tokens_per_s') ?? 0,
    })),
  );
  const [best] = peaks.sort((a, b) => b.rate - a.rate);
  return best === undefined
    ? 'Nothing was measured.'
    : `${best.name} gives the most with ${best.words}: ${significant(best.rate)} tokens/s.`;
}
