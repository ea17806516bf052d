/**
 * Tasks as runs answered them, the latest of each framework and format, the pairs that can be made of them; and the quality that
 * tasks and texts show.
 */
import { sum } from 'd3-array';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { wilsonInterval } from '../../scripts/statistics/proportions.ts';
import { comparePaired, type PairedComparison } from '../../scripts/workloads/accuracy/figures.ts';
import type { AccuracyItemRow, AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';
import type { Estimate } from './quality-costs.ts';

/** Complete or not, one row for each place, framework, format, task, items and limits; those of a task beside each other. */
export function latestTasks(accuracy: readonly AccuracyRow[]): AccuracyRow[] {
  const rows = accuracy.filter(({ measure }) => measure === 'task');
  const latest = groupBy(rows, (row) => [termsOf(row), row.task, row.framework, row.quantize]).map((same) => {
    const [newest = same[0]] = same.toSorted(
      (a, b) =>
        Number(b.complete === true) - Number(a.complete === true) ||
        (b.started_at ?? '').localeCompare(a.started_at ?? ''),
    );
    return newest;
  });
  return groupBy(latest, (row) => [termsOf(row), row.task]).flat();
}

/** Results are paired within one host, device and model, and on the same items only. */
export function pairsOf(accuracy: readonly AccuracyRow[], items: readonly AccuracyItemRow[]): PairedComparison[] {
  const complete = latestTasks(accuracy).filter((row) => row.complete === true);
  const wanted = new Set(complete.map(({ uuid, task }) => `${uuid} ${task}`));
  const correct = new Map<string, Map<string, boolean>>();
  for (const { uuid, task, item_id: id, correct: right } of items) {
    const key = `${uuid} ${task}`;
    if (!wanted.has(key) || id === null || right === null) continue;
    const found = correct.get(key) ?? new Map<string, boolean>();
    correct.set(key, found.set(id, right));
  }
  return comparePaired(
    complete.map((row) => ({
      task: row.task ?? 'unknown task',
      terms: termsOf(row),
      framework: row.framework ?? 'unknown framework',
      quantize: row.quantize ?? 'unknown format',
      bitsPerWeight: row.bits_per_weight ?? 0,
      correct: correct.get(`${row.uuid} ${row.task}`) ?? new Map(),
    })),
  );
}

function termsOf(row: AccuracyRow): string {
  const { hostname, device, model, synthetic, items_sha256, max_tokens, temperature } = row;
  return JSON.stringify([hostname, device, model, synthetic, items_sha256, max_tokens, temperature]);
}

export type QualityMeasure = 'share' | 'perplexity' | 'kl';

interface QualityKind {
  has: (row: AccuracyRow) => boolean;
  scope: (rows: readonly AccuracyRow[]) => string;
  /** `counted` is null where quality is no share of items. */
  estimate: (rows: readonly AccuracyRow[]) => { quality: Estimate; counted: { correct: number; items: number } | null };
}

/** The rows that measure a kind of quality, what it is the quality of, and how good it is. */
export const kinds: Record<QualityMeasure, QualityKind> = {
  share: {
    has: ({ measure, items }) => measure === 'task' && (items ?? 0) > 0,
    scope: taskScope,
    estimate: (rows) => {
      const [correct, items] = [sum(rows, (row) => row.correct ?? 0), sum(rows, (row) => row.items ?? 0)];
      return {
        quality: { value: correct / items, interval: wilsonInterval(correct, items) },
        counted: { correct, items },
      };
    },
  },
  perplexity: {
    has: ({ perplexity }) => perplexity !== null,
    scope: textScope,
    estimate: ([row]) => ({ quality: withError(row?.perplexity, row?.perplexity_error), counted: null }),
  },
  kl: {
    has: ({ kl_mean: kl, is_reference: isReference }) => kl !== null && isReference !== true,
    scope: textScope,
    estimate: ([row]) => ({ quality: withError(row?.kl_mean, row?.kl_error), counted: null }),
  },
};

const normal95 = 1.959964;

function withError(value: number | null | undefined, error: number | null | undefined): Estimate {
  const mean = value ?? Number.NaN;
  return {
    value: mean,
    interval: error == null ? null : { low: mean - normal95 * error, high: mean + normal95 * error },
  };
}

function taskScope(rows: readonly AccuracyRow[]): string {
  const items = sum(rows, (row) => row.items ?? 0);
  const limits = [...new Set(rows.map((row) => row.max_tokens ?? 0))].sort((a, b) => a - b);
  const names = rows.length > 6 ? `${rows.length} tasks` : rows.map((row) => row.task).join(', ');
  const heat = [...new Set(rows.map((row) => row.temperature ?? 0))];
  return `${items} items (${names}), at most ${limits.length > 1 ? `${limits[0]} to ` : ''}${limits.at(-1)} tokens an answer, ${heat.every((t) => t === 0) ? 'greedy' : `temperature ${heat.join(', ')}`}`;
}

function textScope([row]: readonly AccuracyRow[]): string {
  const against = row?.reference == null ? '' : ` against ${row.reference}`;
  return `${row?.text ?? 'a text'}, ${row?.scored_tokens ?? 0} tokens in chunks of ${row?.chunk_tokens ?? 0}${against}`;
}
