/** What servers answer under load: tokens, requests, and the requests that keep their limits; and how long their answers take. */
import { significant } from '../../scripts/command-line/format.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { type LoadRow, loadTable } from '../../scripts/workloads/load/tables.ts';
import { type LoadSeries, type LoadStep, loadWords, stepMean, type Tail, tailOf } from '../data/load-series.ts';
import type { Cell } from '../report/document.ts';
import { count, type Field, figure, right, words } from '../report/table.ts';
import { lineOf, loadChart } from './load-chart.ts';

export const loadThroughput = loadChart({
  name: 'load_throughput',
  question: 'How much does each server answer under load?',
  isMeasured: () => true,
  title: peakWords,
  panelsOf: (series) => [
    { column: 'tokens', title: 'Throughput (tokens/s)', lines: [lineOf(series, 'tokens_per_s', 'main')] },
    {
      column: 'requests',
      title: series.limits === '' ? 'Answered (1/s)' : 'Answered, and goodput (1/s)',
      diagonal: series.arrivals !== 'closed',
      lines: [
        lineOf(series, 'requests_per_s', 'main'),
        ...(series.limits === '' ? [] : [lineOf(series, 'goodput_requests_per_s', 'part')]),
      ],
    },
  ],
  legend: () => [],
  notes(shown) {
    const limits = [...new Set(shown.flatMap((series) => (series.limits === '' ? [] : series.limits)))];
    return [
      'Failed requests are in no figure; the table counts them by kind.',
      ...(limits.length === 0 ? [] : [`Hollow, dashed: goodput, answers with ${limits.join(' or ')}.`]),
      ...(shown.some(({ arrivals }) => arrivals !== 'closed')
        ? ['Grey: as many answered as arrive. Far below it, the queue grows.']
        : []),
    ];
  },
  caption: 'What servers answered under load, a row a stage',
  fields: () => [
    [right('Sent'), ({ row }) => count(row.sent ?? 0)],
    [right('Failed'), ({ row }) => failedCell(row)],
    [right('Concurrency'), ({ row }) => figure(row.concurrency)],
    [right('Throughput', 'tokens/s'), ({ row }) => figure(row.tokens_per_s)],
    [right('Answered', '1/s'), ({ row }) => figure(row.requests_per_s)],
    [right('Goodput', '1/s'), ({ row }) => figure(row.goodput_requests_per_s)],
    [right('Kept', '%'), ({ row: { goodput_share: kept } }) => figure(kept === null ? null : kept * 100)],
  ],
  kind: 'Lines of throughput and of answered requests over the load.',
  inWords: (series) => peakWords(series)?.replace('At', 'at') ?? 'no stage',
});

/** Null where no stage was measured. */
function peakWords(series: LoadSeries): string | null {
  const [best] = series.steps
    .map((step) => ({ load: step.load, tokens: stepMean(step, 'tokens_per_s') ?? 0 }))
    .sort((a, b) => b.tokens - a.tokens);
  return best === undefined ? null : `At most ${significant(best.tokens)} tokens/s, with ${loadWords(series, best)}`;
}

function failedCell(row: LoadRow): Cell {
  const columns: readonly ColumnFacts[] = loadTable.columns.filter(({ name }) => name.startsWith('failed_'));
  const cells = new Map<string, LoadRow[keyof LoadRow]>(Object.entries(row));
  const kinds = columns.flatMap(({ name, title }) => {
    const failed = cells.get(name);
    return typeof failed === 'number' && failed > 0 ? [{ failed, text: `${failed} ${title.toLowerCase()}` }] : [];
  });
  if (kinds.length === 0) return count(0);
  return {
    ...words(kinds.map(({ text }) => text).join(', ')),
    value: kinds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

export const loadLatency = loadChart({
  name: 'load_latency',
  question: 'How long do answers take under load?',
  isMeasured: (all) => all.some(({ steps }) => steps.some((step) => stepMean(step, 'ttft_p50_ms') !== null)),
  title: firstTokensTitle,
  panelsOf(series, all) {
    const tail = tailOf(all);
    return (['ttft', 'tpot'] as const).map((name) => {
      const limit = series.limitsMs[name];
      return {
        column: name,
        title: `${name.toUpperCase()} (ms)`,
        lines: [
          lineOf(series, `${name}_p50_ms`, 'main', failedTooOften),
          ...(tail === null ? [] : [lineOf(series, `${name}_${tail}_ms`, 'tail', failedTooOften)]),
        ],
        ...(limit === null ? {} : { limit: { value: limit, words: `limit ${limit} ms` } }),
      };
    });
  },
  legend: (all) => [
    'TTFT: time to first token, from when a request should have been sent. TPOT: time per output token.',
    tailWords(tailOf(all)),
  ],
  notes: (shown) =>
    shown.some(({ steps }) => steps.some(failedTooOften))
      ? ['Hollow: more than 1 % of the requests failed, and these are the latencies of the others.']
      : [],
  caption: 'How long answers took under load, a row a stage',
  fields(all) {
    const tail = tailOf(all) ?? 'p90';
    const timed = { ttft: 'TTFT', tpot: 'TPOT', gap: 'Inter-chunk', e2e: 'End to end' } as const;
    return [
      [right('Answers'), ({ row }) => count(row.completed ?? 0)],
      ...(['ttft', 'tpot', 'gap', 'e2e'] as const).flatMap(
        (name): Array<Field<{ readonly row: LoadRow }>> => [
          [right(`${timed[name]}, median`, 'ms'), ({ row }) => figure(row[`${name}_p50_ms`])],
          [right(tail, 'ms'), ({ row }) => figure(row[`${name}_${tail}_ms`])],
        ],
      ),
    ];
  },
  kind: 'Lines of TTFT and TPOT over the load.',
  inWords(series) {
    const steps = series.steps.map((step) => {
      const ttft = stepMean(step, 'ttft_p50_ms');
      return `${loadWords(series, step)} ${ttft === null ? 'no figure' : `${significant(ttft)} ms`}`;
    });
    return `median TTFT ${steps.join(', ')}`;
  },
});

function firstTokensTitle(series: LoadSeries): string | null {
  const known = series.steps.flatMap((step) => {
    const ttft = stepMean(step, 'ttft_p50_ms');
    return ttft === null ? [] : `${significant(ttft)} ms with ${loadWords(series, step)}`;
  });
  return known.length < 2 ? null : `Half of the first tokens come within ${known.at(0)}, ${known.at(-1)}`;
}

const noticeablyFailed = 0.01;

/** Then what was answered is a choice of the quick ones. */
function failedTooOften({ rows }: LoadStep): boolean {
  const sum = (pick: (row: LoadRow) => number | null) => rows.reduce((total, row) => total + (pick(row) ?? 0), 0);
  return sum((row) => row.sent) - sum((row) => row.completed) > noticeablyFailed * sum((row) => row.sent);
}

const answersNeeded: Record<Tail, number> = { p99: 500, p95: 100, p90: 50 };

function tailWords(tail: Tail | null): string {
  if (tail === null) return 'Dots: median. Few answers a stage: no percentile of the tail is shown.';
  const further = tail === 'p99' ? '' : ` p99 needs ${answersNeeded.p99} answers a stage.`;
  return `Dots: median. Diamonds: ${tail}, where a stage has ${answersNeeded[tail]} answers.${further}`;
}
