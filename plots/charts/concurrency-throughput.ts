/** What more answers at a time bring: tokens per second of all together, and of each. */
import { significant } from '../../scripts/command-line/format.ts';
import type { PlotData } from '../data/plot-data.ts';
import { levelMean, type PoolLine, type PoolPanel, poolPanels } from '../data/pool-series.ts';
import { concurrencyPanel } from '../panels/concurrency-panel.ts';
import { panelStack, panelWidth } from '../panels/stack.ts';
import { right } from '../report/table.ts';
import { type Chart, draw } from './chart.ts';
import {
  concurrencyScope,
  concurrencyTable,
  lineNameWidth,
  meanOf,
  mostPoolPanels,
  sharedMost,
} from './concurrency.ts';

const question = 'What do more answers at a time bring?';
const axisWidth = 44;
const leastRuns = 3;

export const concurrencyThroughput: Chart = {
  name: 'concurrency_throughput',
  question,
  // Nobody misses it who has not asked for it.
  applicable: (data) => (poolPanels(data).length > 0 ? draw : { kind: 'absent' }),
  title: (data) => {
    const [only, ...others] = poolPanels(data);
    // With fewer runs a gain could be noise.
    if (only === undefined || others.length > 0 || only.runs < leastRuns) return question;
    const gains = only.lines.map((line) => ({ line, gain: gainOf(line) }));
    const [best] = gains
      .filter(({ gain }) => gain !== null)
      .sort((a, b) => (b.gain?.ratio ?? 0) - (a.gain?.ratio ?? 0));
    if (best?.gain == null) return question;
    if (best.gain.ratio <= 1) return 'More answers at a time bring no more tokens per second here';
    return `${best.gain.concurrency} ${best.line.name} give ${significant(best.gain.ratio)}× the tokens per second of one`;
  },
  subtitle: (data) => [
    ...concurrencyScope(poolPanels(data), ['tokens_per_s', 'worker_tokens_per_s']),
    'Clients ask again as soon as they have their answer. Left: tokens of all answers per second. Right: of one client.',
  ],
  spec: (data) => {
    const panels = poolPanels(data);
    const shown = panels.slice(0, mostPoolPanels);
    const width = (panelWidth(1) - lineNameWidth - 2 * axisWidth) / 2;
    return panelStack(
      shown.map((panel) => ({
        title: panels.length === 1 ? '' : panel.place,
        cells: [
          concurrencyPanel({
            panel,
            figure: 'tokens_per_s',
            title: 'All together',
            unit: 'tokens/s',
            width,
            named: false,
            most: sharedMost(panels, 'tokens_per_s'),
          }),
          concurrencyPanel({
            panel,
            figure: 'worker_tokens_per_s',
            title: 'Each',
            unit: 'tokens/s',
            width,
            named: true,
            most: sharedMost(panels, 'worker_tokens_per_s'),
          }),
        ],
      })),
    );
  },
  table: (data) =>
    concurrencyTable(poolPanels(data), 'Throughput by answers at a time', [
      { column: right('All together', 'tokens/s'), cell: meanOf('tokens_per_s') },
      { column: right('Each', 'tokens/s'), cell: meanOf('worker_tokens_per_s') },
      { column: right('Fairness'), cell: meanOf('fairness') },
    ]),
  alt: (data: PlotData) =>
    `Lines of throughput over the answers at a time. ${poolPanels(data).map(inWords).slice(0, 6).join(' ')}`,
};

/** The best level against a single answer at a time. */
function gainOf({ levels }: PoolLine): { ratio: number; concurrency: number } | null {
  const [first] = levels;
  const alone = first?.concurrency === 1 ? levelMean(first, 'tokens_per_s') : null;
  if (alone === null || alone === 0) return null;
  const ratios = levels
    .filter(({ concurrency }) => concurrency > 1)
    .map((level) => ({ ratio: (levelMean(level, 'tokens_per_s') ?? 0) / alone, concurrency: level.concurrency }));
  return ratios.toSorted((a, b) => b.ratio - a.ratio)[0] ?? null;
}

function inWords({ place, lines }: PoolPanel): string {
  const parts = lines.map(
    ({ name, levels }) =>
      `${name} ${levels.map((level) => `${level.concurrency}: ${significant(levelMean(level, 'tokens_per_s') ?? 0)} tokens/s`).join(', ')}`,
  );
  return `${place}: ${parts.join('; ')}.`;
}
