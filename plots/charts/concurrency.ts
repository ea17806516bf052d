/** What more answers at a time bring, tokens per second of all together and of each; and what they cost in latency. */
import { significant } from '../../scripts/command-line/format.ts';
import { levelMean, type PoolLevel, type PoolLine, type PoolPanel, poolPanels } from '../data/pool-series.ts';
import { type ConcurrencyAxis, concurrencyStack, hasSharedScale } from '../panels/concurrency-panel.ts';
import { scaleLines } from '../panels/panel.ts';
import { count, type Field, figure, left, right } from '../report/table.ts';
import { altText, type Chart, type Question } from './chart.ts';
import { moreLines, tableByPlace } from './scope.ts';
import { page } from './sheet.ts';

/** More would not fit a page; the table has them all. */
const mostPanels = 4;
/** With fewer runs a gain could be noise. */
const leastRuns = 3;

type LevelFigure = ConcurrencyAxis['figure'];

interface Concurrency extends Question {
  readonly title: (only: PoolPanel) => string | null;
  /** One beside the other. */
  readonly axes: readonly [ConcurrencyAxis, ConcurrencyAxis];
  readonly legend: string;
  readonly caption: string;
  readonly fields: ReadonlyArray<Field<PoolLevel>>;
  readonly kind: string;
  /** The figure of the alternative text, with its unit. */
  readonly spoken: readonly [LevelFigure, string];
}

export const concurrencyThroughput = concurrencyChart({
  name: 'concurrency_throughput',
  question: 'What do more answers at a time bring?',
  title: gainTitle,
  axes: [
    { figure: 'tokens_per_s', title: 'All together (tokens/s)' },
    { figure: 'worker_tokens_per_s', title: 'Each (tokens/s)' },
  ],
  legend:
    'Clients ask again as soon as they have their answer. Left: tokens of all answers per second. Right: of one client.',
  caption: 'Throughput by answers at a time',
  fields: [
    [right('All together', 'tokens/s'), meanOf('tokens_per_s')],
    [right('Each', 'tokens/s'), meanOf('worker_tokens_per_s')],
    [right('Fairness'), meanOf('fairness')],
  ],
  kind: 'Lines of throughput over the answers at a time.',
  spoken: ['tokens_per_s', 'tokens/s'],
});

export const concurrencyLatency = concurrencyChart({
  name: 'concurrency_latency',
  question: 'What do more answers at a time cost each of them?',
  title: () => null,
  axes: [
    { figure: 'ttft_p50_ms', title: 'TTFT, median (ms)' },
    { figure: 'tpot_p50_ms', title: 'TPOT, median (ms)' },
  ],
  legend: 'Medians over the answers. Left: time to first token. Right: time per output token, (tn − t1) / (n − 1).',
  caption: 'Latency by answers at a time',
  fields: [
    [right('TTFT, median', 'ms'), meanOf('ttft_p50_ms')],
    [right('TTFT, p95', 'ms'), meanOf('ttft_p95_ms')],
    [right('TPOT, median', 'ms'), meanOf('tpot_p50_ms')],
    [right('TPOT, p95', 'ms'), meanOf('tpot_p95_ms')],
    [right('Answers'), ({ rows }) => count(rows.reduce((sum, row) => sum + (row.answered ?? 0), 0))],
  ],
  kind: 'Lines of latency over the answers at a time.',
  spoken: ['tpot_p50_ms', 'ms per token'],
});

/** Absent where nobody has asked for several answers at a time: then nobody misses it. */
function concurrencyChart({ name, question, title, axes, legend, caption, fields, kind, spoken }: Concurrency): Chart {
  return {
    name,
    question,
    draw(data, sheet = page) {
      const panels = poolPanels(data);
      const shown = panels.slice(0, Math.min(mostPanels, sheet.panels));
      const [first, ...others] = panels;
      if (first === undefined) return null;
      const runs = first.runs === 1 ? 'one run' : `mean of ${first.runs} runs; small points: single runs`;
      const isAlone = others.length === 0;
      const levels = panels.flatMap(({ place, lines }) =>
        lines.flatMap((line) => line.levels.map((level) => ({ place, by: line.name, ...level }))),
      );
      return {
        kind: 'picture',
        title: isAlone ? title(first) : null,
        subtitle: [
          isAlone
            ? `${first.place}, ${runs}`
            : 'One panel for each framework, host and model; lines are geometric means over runs, small points single runs.',
          ...moreLines(panels.length - mostPanels),
          ...scaleLines(axes.every((axis) => hasSharedScale(shown, axis))),
          legend,
        ],
        spec: concurrencyStack(shown, axes, sheet.width),
        table: tableByPlace(caption, panels, levels, [
          [left('By'), ({ by }) => by],
          [right('At a time'), ({ concurrency }) => count(concurrency)],
          [right('Runs'), ({ rows }) => count(rows.length)],
          ...fields,
        ]),
        alt: altText(
          kind,
          panels.map((panel) => inWords(panel, ...spoken)),
        ),
      };
    },
  };
}

/** Geometric mean over runs. */
function meanOf(column: LevelFigure) {
  return (level: PoolLevel) => figure(levelMean(level, column));
}

function gainTitle({ runs, lines }: PoolPanel): string | null {
  if (runs < leastRuns) return null;
  const [best] = lines.flatMap(gainsOf).sort((a, b) => b.ratio - a.ratio);
  if (best === undefined) return null;
  if (best.ratio <= 1) return 'More answers at a time bring no more tokens per second here';
  return `${best.concurrency} ${best.name} give ${significant(best.ratio)}× the tokens per second of one`;
}

/** Each level beside a single answer at a time. */
function gainsOf({ name, levels }: PoolLine): Array<{ name: string; ratio: number; concurrency: number }> {
  const [first] = levels;
  const alone = first?.concurrency === 1 ? levelMean(first, 'tokens_per_s') : null;
  if (alone === null || alone === 0) return [];
  return levels
    .filter(({ concurrency }) => concurrency > 1)
    .map((level) => ({ name, ratio: (levelMean(level, 'tokens_per_s') ?? 0) / alone, concurrency: level.concurrency }));
}

function inWords({ place, lines }: PoolPanel, column: LevelFigure, unit: string): string {
  const parts = lines.map(({ name, levels }) => {
    const values = levels.map((level) => `${level.concurrency}: ${significant(levelMean(level, column) ?? 0)} ${unit}`);
    return `${name} ${values.join(', ')}`;
  });
  return `${place}: ${parts.join('; ')}.`;
}
