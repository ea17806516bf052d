/** Tasks as runs answered them, the latest of each framework and format, and the pairs that can be made of them. */

import { groupBy } from '../../collate/analysis/group-by.ts';
import { comparePaired, type PairedComparison } from '../../scripts/workloads/accuracy/figures.ts';
import type { AccuracyItemRow, AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';

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

/** Of one host, device and model, and of the same items only. */
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
