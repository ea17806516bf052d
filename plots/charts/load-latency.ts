/** How long answers take under load: to the first token, and from token to token. */
import { significant } from '../../scripts/command-line/format.ts';
import { type LoadSeries, loadWords, stepMean, type Tail, tailOf } from '../data/load-series.ts';
import { type LinePanel, lineScaleWords } from '../panels/line-scale.ts';
import { frameworkColor } from '../render/theme.ts';
import type { Table } from '../report/document.ts';
import { count, figure, right, withoutConstants } from '../report/table.ts';
import {
  chooseSeries,
  failedTooOften,
  lineOf,
  loadPanel,
  loadStack,
  placeCells,
  placeColumns,
  scopeOfLoad,
  seriesName,
} from './captions/load.ts';
import type { Chart } from './chart.ts';

export const loadLatency: Chart = {
  name: 'load_latency',
  question: 'How long do answers take under load?',
  draw({ loadSeries: all }) {
    if (all.every(({ steps }) => steps.every((step) => stepMean(step, 'ttft_p50_ms') === null))) return null;
    const shown = chooseSeries(all);
    const tail = tailOf(all);
    const panels = shown.map((series) => panelsOf(series, tail));
    return {
      kind: 'picture',
      title: titleOf(all),
      subtitle: [
        ...scopeOfLoad(all, shown),
        'TTFT: time to first token, from when a request should have been sent. TPOT: time per output token.',
        marks(tail),
        ...lineScaleWords(panels),
        ...(shown.some(({ steps }) => steps.some(failedTooOften))
          ? ['Hollow: more than 1 % of the requests failed, and these are the latencies of the others.']
          : []),
      ],
      spec: loadStack(shown, panels),
      table: tableOf(all, tail ?? 'p90'),
      alt: `Lines of TTFT and TPOT over the load. ${all.map(inWords).slice(0, 6).join(' ')}`,
    };
  },
};

function titleOf([only, ...others]: readonly LoadSeries[]): string | null {
  if (only === undefined || others.length > 0) return null;
  const known = only.steps.flatMap((step) => {
    const ttft = stepMean(step, 'ttft_p50_ms');
    return ttft === null ? [] : { step, ttft };
  });
  const [first, last] = [known.at(0), known.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return `Half of the first tokens come within ${significant(first.ttft)} ms with ${loadWords(only, first.step)}, ${significant(last.ttft)} ms with ${loadWords(only, last.step)}`;
}

function panelsOf(series: LoadSeries, tail: Tail | null): LinePanel[] {
  const looks = { color: frameworkColor(series.framework), doubted: true };
  return (['ttft', 'tpot'] as const).map((name) => {
    const limit = series.limitsMs[name];
    return {
      ...loadPanel(series),
      column: name,
      title: `${name.toUpperCase()} (ms)`,
      lines: [
        lineOf(series, `${name}_p50_ms`, { ...looks, style: 'main' }),
        ...(tail === null ? [] : [lineOf(series, `${name}_${tail}_ms`, { ...looks, style: 'tail' })]),
      ],
      ...(limit === null ? {} : { limit: { value: limit, words: `limit ${limit} ms` } }),
    };
  });
}

function tableOf(all: readonly LoadSeries[], tail: Tail): Table {
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
    rows: all.flatMap((series) =>
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
}

const answersNeeded: Record<Tail, number> = { p99: 500, p95: 100, p90: 50 };

function marks(tail: Tail | null): string {
  if (tail === null) return 'Dots: median. Few answers a stage: no percentile of the tail is shown.';
  const further = tail === 'p99' ? '' : ` p99 needs ${answersNeeded.p99} answers a stage.`;
  return `Dots: median. Diamonds: ${tail}, where a stage has ${answersNeeded[tail]} answers.${further}`;
}

function inWords(series: LoadSeries): string {
  const steps = series.steps.map((step) => {
    const ttft = stepMean(step, 'ttft_p50_ms');
    return `${loadWords(series, step)} ${ttft === null ? 'no figure' : `${significant(ttft)} ms`}`;
  });
  return `${seriesName(series)}: median TTFT ${steps.join(', ')}.`;
}
