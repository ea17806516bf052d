/** Load tests: where each server is saturated, what it answered, and how long that took. */
import { significant } from '../../../scripts/command-line/format.ts';
import type { ColumnFacts } from '../../../scripts/results/table.ts';
import { queueGrew, saturationSentence } from '../../../scripts/workloads/load/run-figures.ts';
import { type LoadRow, loadTable } from '../../../scripts/workloads/load/tables.ts';
import { seriesName } from '../../charts/load-chart.ts';
import type { LoadSeries } from '../../data/load-series.ts';
import { list, note, text } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';

export const underLoad: Part = {
  id: 'under-load',
  title: 'Under load',
  blocks(input) {
    const { loadSeries } = input.data;
    if (loadSeries.length === 0) return [];
    return [
      text(
        'Servers received requests from several clients at a time, or at scheduled times regardless of earlier requests. Failed requests are counted by kind and are in no other figure.',
      ),
      ...list(loadSentences(loadSeries)),
      ...chartBlocks(input, 'load_throughput', 'load_latency'),
      note(`${formulas()} Saturated: the first stage of a ramp with ${formulaOf('saturated').replace('ramp: ', '')}.`),
    ];
  },
};

/** What each ramp showed, and where a queue grew. */
export function loadSentences(all: readonly LoadSeries[]): string[] {
  return all.flatMap((series) => {
    const sentences = series.arrivals === 'closed' ? rampSentences(series) : queueSentences(series);
    return sentences.map((sentence) => `${seriesName(series)}: ${sentence}`);
  });
}

/** One a run; stages of other shapes have no place in a ramp. */
function rampSentences({ steps }: LoadSeries): string[] {
  const rows = steps.flatMap((step) => step.rows).filter(({ saturated }) => saturated !== null);
  const runs = [...new Set(rows.map(({ uuid }) => uuid))];
  return [...new Set(runs.map((uuid) => saturationSentence(rows.filter((row) => row.uuid === uuid).map(pointOf))))];
}

function pointOf(row: LoadRow) {
  const sent = row.sent ?? 0;
  return {
    clients: row.clients ?? 0,
    tokensPerSecond: row.tokens_per_s ?? 0,
    saturated: row.saturated === true,
    failed: sent === 0 ? 0 : (sent - (row.completed ?? 0)) / sent,
  };
}

function queueSentences(series: LoadSeries): string[] {
  return series.steps.flatMap((step) =>
    step.rows
      .filter((row) => queueGrew(step.load, { e2eDrift: row.e2e_drift, requestsPerSecond: row.requests_per_s ?? 0 }))
      .map(
        (row) =>
          `of ${step.load} requests/s, ${significant(row.requests_per_s ?? 0)}/s were answered. The queue grew; a longer test would show longer latencies.`,
      ),
  );
}

const explained: ReadonlyArray<(typeof loadTable.columns)[number]['name']> = [
  'goodput_requests_per_s',
  'goodput_share',
  'requests_per_s',
  'tokens_per_s',
  'concurrency',
  'ttft_p50_ms',
  'tpot_p50_ms',
  'gap_p50_ms',
  'e2e_p50_ms',
];

/** From the list of columns, so that the report cannot explain a number differently from the table. */
function formulas(): string {
  const columns: readonly ColumnFacts[] = loadTable.columns.filter(({ name }) => explained.includes(name));
  return columns.map(({ title, formula }) => `${title}: ${formula}.`).join(' ');
}

function formulaOf(name: (typeof loadTable.columns)[number]['name']): string {
  return loadTable.columns.find((column) => column.name === name)?.formula ?? '';
}
