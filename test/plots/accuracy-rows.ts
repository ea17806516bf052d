/** Rows of accuracy.csv and accuracy_items.csv beside the runs that they are of. */

import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type ColumnFacts, isRow, type RowOf, type Value } from '../../scripts/results/table.ts';
import {
  type AccuracyItemRow,
  type AccuracyRow,
  accuracyItemsTable,
  accuracyTable,
} from '../../scripts/workloads/accuracy/tables.ts';
import { completedRun } from './row-factory.ts';

function rowOf<C extends readonly ColumnFacts[]>(columns: C, part: { [name: string]: Value | undefined }): RowOf<C> {
  const row: Record<string, Value> = Object.fromEntries(columns.map(({ name }) => [name, part[name] ?? null]));
  if (!isRow(row, columns)) throw new Error('not a row');
  return row;
}

export function accuracyRun(uuid: string, part: Partial<RunRow> = {}): RunRow {
  return completedRun({ ...part, uuid, workload: 'accuracy', correct: null, judged: null, decode_tokens_per_s: null });
}

/** A task of a run, with facts of the run. */
export function taskRow(run: RunRow, correct: number, items: number, part: Partial<AccuracyRow> = {}): AccuracyRow {
  const { uuid, session, started_at, framework, hostname, device, quantize, weight_class, bits_per_weight } = run;
  const { model, model_sha256, synthetic, status } = run;
  const facts = { uuid, session, status, started_at, framework, hostname, device, quantize, weight_class };
  return rowOf(accuracyTable.columns, {
    ...facts,
    bits_per_weight,
    model,
    model_sha256,
    synthetic,
    measure: 'task',
    task: 'arithmetic',
    complete: true,
    items,
    items_asked: items,
    correct,
    correct_share: correct / items,
    ci_low: Math.max(0, correct / items - 0.05),
    ci_high: Math.min(1, correct / items + 0.05),
    score: correct / items,
    max_tokens: 32,
    temperature: 0,
    answers: items,
    cut_answers: 0,
    mean_answer_tokens: 11,
    decode_tokens_per_s: 40,
    items_sha256: `items of ${part.task ?? 'arithmetic'}`,
    ...part,
  });
}

/** What a text said of a run. */
export function textRow(run: RunRow, perplexity: number, part: Partial<AccuracyRow> = {}): AccuracyRow {
  const { items, correct, correct_share, answers, task, ...facts } = taskRow(run, 0, 1);
  return rowOf(accuracyTable.columns, {
    ...facts,
    measure: 'likelihood',
    text: 'text.txt',
    text_sha256: 'text',
    chunk_tokens: 512,
    scored_tokens: 2048,
    perplexity,
    perplexity_error: perplexity / 50,
    ...part,
  });
}

/** Items 0 to n - 1 of a run, of which some are wrong. */
export function itemRows(run: RunRow, items: number, wrong: readonly number[], task = 'arithmetic'): AccuracyItemRow[] {
  return Array.from({ length: items }, (_, i) =>
    rowOf(accuracyItemsTable.columns, {
      uuid: run.uuid,
      framework: run.framework,
      quantize: run.quantize,
      task,
      item: i,
      item_id: `${i}`,
      prompt: `What is ${i} + 1?`,
      expected: `${i + 1}`,
      answer: wrong.includes(i) ? 'seven\nand a half' : `${i + 1}`,
      correct: !wrong.includes(i),
      score: wrong.includes(i) ? 0 : 1,
      reason: wrong.includes(i) ? 'wrong' : 'correct',
    }),
  );
}

/** Results with names, shares and rates; each has an accuracy run and so many runs of questions. */
export function qualityData(
  results: ReadonlyArray<{ framework: string; quantize: string; correct: number; rate: number; run?: Partial<RunRow> }>,
  speedRuns = 3,
): PlotData {
  const runs: RunRow[] = [];
  const accuracy: AccuracyRow[] = [];
  for (const [i, { framework, quantize, correct, rate, run: part = {} }] of results.entries()) {
    const run = accuracyRun(`a${i}`, { framework, quantize, ...part });
    runs.push(run);
    accuracy.push(taskRow(run, correct, 100));
    for (let j = 0; j < speedRuns; j++) {
      runs.push(completedRun({ framework, quantize, uuid: `q${i}-${j}`, ...part }, rate * (1 + (j - 1) / 50)));
    }
  }
  return plotData(runs, { accuracy });
}
