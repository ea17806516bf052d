/** What more answers at a time bring, tokens per second of all together and of each; and what they cost in latency. */
import { significant } from '../../scripts/command-line/format.ts';
import type { PlotData } from '../data/plot-data.ts';
import { levelMean, type PoolLevel, type PoolLine, type PoolPanel, poolPanels } from '../data/pool-series.ts';
import { type ConcurrencyAxis, concurrencyStack, hasSharedScale } from '../panels/concurrency-panel.ts';
import { ownScales } from '../panels/panel.ts';
import type { Cell, Table, TableColumn } from '../report/document.ts';
import { count, figure, left, right, words } from '../report/table.ts';
import { moreLines } from './captions/scope.ts';
import type { Chart, Picture } from './chart.ts';

/** More would not fit a page; the table has them all. */
const mostPanels = 4;
const leastRuns = 3;

export const concurrencyThroughput: Chart = {
  name: 'concurrency_throughput',
  question: 'What do more answers at a time bring?',
  draw: (data) =>
    picture(data, {
      title: gainTitle,
      axes: [
        { figure: 'tokens_per_s', title: 'All together (tokens/s)' },
        { figure: 'worker_tokens_per_s', title: 'Each (tokens/s)' },
      ],
      legend:
        'Clients ask again as soon as they have their answer. Left: tokens of all answers per second. Right: of one client.',
      caption: 'Throughput by answers at a time',
      columns: [
        [right('All together', 'tokens/s'), meanOf('tokens_per_s')],
        [right('Each', 'tokens/s'), meanOf('worker_tokens_per_s')],
        [right('Fairness'), meanOf('fairness')],
      ],
      alt: 'Lines of throughput over the answers at a time.',
      spoken: ['tokens_per_s', 'tokens/s'],
    }),
};

export const concurrencyLatency: Chart = {
  name: 'concurrency_latency',
  question: 'What do more answers at a time cost each of them?',
  draw: (data) =>
    picture(data, {
      title: () => null,
      axes: [
        { figure: 'ttft_p50_ms', title: 'TTFT, median (ms)' },
        { figure: 'tpot_p50_ms', title: 'TPOT, median (ms)' },
      ],
      legend: 'Medians over the answers. Left: time to first token. Right: time per output token, (tn − t1) / (n − 1).',
      caption: 'Latency by answers at a time',
      columns: [
        [right('TTFT, median', 'ms'), meanOf('ttft_p50_ms')],
        [right('TTFT, p95', 'ms'), meanOf('ttft_p95_ms')],
        [right('TPOT, median', 'ms'), meanOf('tpot_p50_ms')],
        [right('TPOT, p95', 'ms'), meanOf('tpot_p95_ms')],
        [right('Answers'), ({ rows }) => count(rows.reduce((sum, row) => sum + (row.answered ?? 0), 0))],
      ],
      alt: 'Lines of latency over the answers at a time.',
      spoken: ['tpot_p50_ms', 'ms per token'],
    }),
};

type LevelFigure = ConcurrencyAxis['figure'];

interface Concurrency {
  readonly title: (panels: readonly PoolPanel[]) => string | null;
  /** One beside the other. */
  readonly axes: readonly [ConcurrencyAxis, ConcurrencyAxis];
  readonly legend: string;
  readonly caption: string;
  readonly columns: ReadonlyArray<readonly [TableColumn, (level: PoolLevel) => Cell]>;
  readonly alt: string;
  /** The figure of the alternative text, with its unit. */
  readonly spoken: readonly [LevelFigure, string];
}

/** Null where nobody has asked for several answers at a time: then nobody misses it. */
function picture(data: PlotData, { title, axes, legend, caption, columns, alt, spoken }: Concurrency): Picture | null {
  const panels = poolPanels(data);
  const shown = panels.slice(0, mostPanels);
  const [first] = panels;
  if (first === undefined) return null;
  const runs = first.runs === 1 ? 'one run' : `mean of ${first.runs} runs; small points: single runs`;
  return {
    kind: 'picture',
    title: title(panels),
    subtitle: [
      panels.length === 1
        ? `${first.place}, ${runs}`
        : 'One panel for each framework, host and model; lines are geometric means over runs, small points single runs.',
      ...moreLines(panels.length - mostPanels),
      ...(axes.every((axis) => hasSharedScale(shown, axis)) ? [] : [ownScales]),
      legend,
    ],
    spec: concurrencyStack(shown, axes),
    table: tableOf(panels, caption, columns),
    alt: `${alt} ${panels
      .map((panel) => inWords(panel, ...spoken))
      .slice(0, 6)
      .join(' ')}`,
  };
}

/** Geometric mean over runs. */
const meanOf = (column: LevelFigure) => (level: PoolLevel) => figure(levelMean(level, column));

function tableOf(panels: readonly PoolPanel[], caption: string, columns: Concurrency['columns']): Table {
  const [only, ...others] = panels;
  const single = only !== undefined && others.length === 0;
  return {
    kind: 'table',
    caption: single ? `${caption} (${only.place})` : caption,
    columns: [
      ...(single ? [] : [left('Where')]),
      left('By'),
      right('At a time'),
      right('Runs'),
      ...columns.map(([column]) => column),
    ],
    rows: panels.flatMap(({ place, lines }) =>
      lines.flatMap(({ name, levels }) =>
        levels.map((level) => [
          ...(single ? [] : [words(place)]),
          words(name),
          count(level.concurrency),
          count(level.rows.length),
          ...columns.map(([, cell]) => cell(level)),
        ]),
      ),
    ),
  };
}

function gainTitle([only, ...others]: readonly PoolPanel[]): string | null {
  // With fewer runs a gain could be noise.
  if (only === undefined || others.length > 0 || only.runs < leastRuns) return null;
  const [best] = only.lines.flatMap((line) => gainOf(line) ?? []).sort((a, b) => b.ratio - a.ratio);
  if (best === undefined) return null;
  if (best.ratio <= 1) return 'More answers at a time bring no more tokens per second here';
  return `${best.concurrency} ${best.name} give ${significant(best.ratio)}× the tokens per second of one`;
}

/** The best level against a single answer at a time. */
function gainOf({ name, levels }: PoolLine): { name: string; ratio: number; concurrency: number } | null {
  const [first] = levels;
  const alone = first?.concurrency === 1 ? levelMean(first, 'tokens_per_s') : null;
  if (alone === null || alone === 0) return null;
  const ratios = levels
    .filter(({ concurrency }) => concurrency > 1)
    .map((level) => ({ name, ratio: (levelMean(level, 'tokens_per_s') ?? 0) / alone, concurrency: level.concurrency }));
  return ratios.toSorted((a, b) => b.ratio - a.ratio)[0] ?? null;
}

function inWords({ place, lines }: PoolPanel, column: LevelFigure, unit: string): string {
  const parts = lines.map(({ name, levels }) => {
    const values = levels.map((level) => `${level.concurrency}: ${significant(levelMean(level, column) ?? 0)} ${unit}`);
    return `${name} ${values.join(', ')}`;
  });
  return `${place}: ${parts.join('; ')}.`;
}
