/** How long answers take under load: to the first token, and from token to token. */
import { significant } from '../../scripts/command-line/format.ts';
import { loadWords, stepMean, type Tail, tailOf } from '../data/load-series.ts';
import type { PlotData } from '../data/plot-data.ts';
import type { LinePanel } from '../panels/line-panel.ts';
import { lineScaleWords } from '../panels/line-scale.ts';
import {
  cellWidth,
  chosenSeries,
  failedTooOften,
  lineOf,
  loadTitle,
  onlySeries,
  placeCells,
  placeColumns,
  scopeOfLoad,
  seriesName,
  seriesPanels,
} from '../panels/load-panels.ts';
import { frameworkColor } from '../render/palette.ts';
import { count, figure, right, withoutConstants } from '../report/table.ts';
import { type Chart, draw } from './chart.ts';

const question = 'How long do answers take under load?';

export const loadLatency: Chart = {
  name: 'load_latency',
  question,
  applicable: ({ loadSeries }) =>
    loadSeries.some(({ steps }) => steps.some((step) => stepMean(step, 'ttft_p50_ms') !== null))
      ? draw
      : { kind: 'absent' },
  title: (data) => {
    const only = onlySeries(data);
    const known = only?.steps.flatMap((step) => {
      const ttft = stepMean(step, 'ttft_p50_ms');
      return ttft === null ? [] : { step, ttft };
    });
    const [first, last] = [known?.at(0), known?.at(-1)];
    if (only === undefined || first === undefined || last === undefined || first === last) return question;
    return `Half of the first tokens come within ${significant(first.ttft)} ms with ${loadWords(only, first.step)}, ${significant(last.ttft)} ms with ${loadWords(only, last.step)}`;
  },
  subtitle: (data) => [
    ...scopeOfLoad(data),
    'TTFT: time to first token, from when a request should have been sent. TPOT: time per output token.',
    marks(tailOf(data.loadSeries)),
    ...lineScaleWords(linesOf(data)),
    ...(chosenSeries(data).some(({ steps }) => steps.some(failedTooOften))
      ? ['Hollow: more than 1 % of the requests failed, and these are the latencies of the others.']
      : []),
  ],
  spec: (data) => seriesPanels(chosenSeries(data), linesOf(data)),
  table: ({ loadSeries }) => {
    const tail = tailOf(loadSeries) ?? 'p90';
    return withoutConstants({
      kind: 'table',
      caption: 'How long answers took under load, a row a stage',
      columns: [
        ...placeColumns,
        right('Answers'),
        ...['TTFT', 'TPOT', 'Inter-chunk', 'End to end'].flatMap((name) => [
          right(`${name}, median`, 'ms'),
          right(tail, 'ms'),
        ]),
      ],
      rows: loadSeries.flatMap((series) =>
        series.steps.flatMap((step) =>
          step.rows.map((row) => [
            ...placeCells(series, step),
            count(row.completed ?? 0),
            ...(['ttft', 'tpot', 'gap', 'e2e'] as const).flatMap((name) => [
              figure(row[`${name}_p50_ms`]),
              figure(row[`${name}_${tail}_ms`]),
            ]),
          ]),
        ),
      ),
    });
  },
  alt: (data) => `Lines of TTFT and TPOT over the load. ${inWords(data)}`,
};

/** Two panels for each series. */
function linesOf(data: PlotData): LinePanel[][] {
  const tail = tailOf(data.loadSeries);
  return chosenSeries(data).map((series) => {
    const color = frameworkColor(series.framework);
    return (['ttft', 'tpot'] as const).map((name) => {
      const limit = series.limitsMs[name];
      return {
        column: name,
        title: `${name.toUpperCase()} (ms)`,
        width: cellWidth,
        loads: series.steps.map(({ load }) => load),
        loadTitle: loadTitle(series),
        lines: [
          lineOf(series, `${name}_p50_ms`, { color, style: 'main', doubted: true }),
          ...(tail === null ? [] : [lineOf(series, `${name}_${tail}_ms`, { color, style: 'tail', doubted: true })]),
        ],
        ...(limit === null ? {} : { limit: { value: limit, words: `limit ${limit} ms` } }),
      };
    });
  });
}

const answersNeeded: Record<Tail, number> = { p99: 500, p95: 100, p90: 50 };

function marks(tail: Tail | null): string {
  if (tail === null) return 'Dots: median. Few answers a stage: no percentile of the tail is shown.';
  const further = tail === 'p99' ? '' : ` p99 needs ${answersNeeded.p99} answers a stage.`;
  return `Dots: median. Diamonds: ${tail}, where a stage has ${answersNeeded[tail]} answers.${further}`;
}

function inWords({ loadSeries }: PlotData): string {
  return loadSeries
    .map((series) => {
      const steps = series.steps.map((step) => {
        const ttft = stepMean(step, 'ttft_p50_ms');
        return `${loadWords(series, step)} ${ttft === null ? 'no figure' : `${significant(ttft)} ms`}`;
      });
      return `${seriesName(series)}: median TTFT ${steps.join(', ')}.`;
    })
    .slice(0, 6)
    .join(' ');
}
