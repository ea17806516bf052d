/** What more answers at a time cost: the first token and each further one come later. */
import { significant } from '../../scripts/command-line/format.ts';
import { levelMean, poolPanels } from '../data/pool-series.ts';
import { concurrencyPanel } from '../panels/concurrency-panel.ts';
import { panelStack, panelWidth } from '../panels/stack.ts';
import { count, right } from '../report/table.ts';
import { type Chart, draw } from './chart.ts';
import {
  concurrencyScope,
  concurrencyTable,
  lineNameWidth,
  meanOf,
  mostPoolPanels,
  sharedMost,
} from './concurrency.ts';

const question = 'What do more answers at a time cost each of them?';
const axisWidth = 44;

export const concurrencyLatency: Chart = {
  name: 'concurrency_latency',
  question,
  applicable: (data) => (poolPanels(data).length > 0 ? draw : { kind: 'absent' }),
  title: () => question,
  subtitle: (data) => [
    ...concurrencyScope(poolPanels(data), ['ttft_p50_ms', 'tpot_p50_ms']),
    'Medians over the answers. Left: time to first token. Right: time per output token, (tn − t1) / (n − 1).',
  ],
  spec: (data) => {
    const panels = poolPanels(data);
    const width = (panelWidth(1) - lineNameWidth - 2 * axisWidth) / 2;
    return panelStack(
      panels.slice(0, mostPoolPanels).map((panel) => ({
        title: panels.length === 1 ? '' : panel.place,
        cells: [
          concurrencyPanel({
            ...{ panel, figure: 'ttft_p50_ms', title: 'TTFT, median', unit: 'ms', width, named: false },
            most: sharedMost(panels, 'ttft_p50_ms'),
          }),
          concurrencyPanel({
            ...{ panel, figure: 'tpot_p50_ms', title: 'TPOT, median', unit: 'ms', width, named: true },
            most: sharedMost(panels, 'tpot_p50_ms'),
          }),
        ],
      })),
    );
  },
  table: (data) =>
    concurrencyTable(poolPanels(data), 'Latency by answers at a time', [
      { column: right('TTFT, median', 'ms'), cell: meanOf('ttft_p50_ms') },
      { column: right('TTFT, p95', 'ms'), cell: meanOf('ttft_p95_ms') },
      { column: right('TPOT, median', 'ms'), cell: meanOf('tpot_p50_ms') },
      { column: right('TPOT, p95', 'ms'), cell: meanOf('tpot_p95_ms') },
      { column: right('Answers'), cell: ({ rows }) => count(rows.reduce((sum, row) => sum + (row.answered ?? 0), 0)) },
    ]),
  alt: (data) => {
    const sentences = poolPanels(data).map(
      ({ place, lines }) =>
        `${place}: ${lines
          .map(
            ({ name, levels }) =>
              `${name} ${levels.map((level) => `${level.concurrency}: ${significant(levelMean(level, 'tpot_p50_ms') ?? 0)} ms per token`).join(', ')}`,
          )
          .join('; ')}.`,
    );
    return `Lines of latency over the answers at a time. ${sentences.slice(0, 6).join(' ')}`;
  },
};
