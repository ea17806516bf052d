/** The outcome of an accuracy sweep as tables and JSON have it. */

import type { NotRun } from '../../run/refusal.ts';
import type { AccuracySweep } from './accuracy-sweep.ts';
import type { AnsweredCell } from './earlier-logs.ts';
import { type AnsweredTask, comparePaired, type PairedComparison, type TaskFigures, taskFigures } from './figures.ts';
import type { PreparedTask } from './task-items.ts';
import type { TextLikelihood } from './text-likelihood.ts';

export interface AccuracyRow extends TaskFigures {
  task: string;
  framework: string;
  quantize: string;
  weightClass: string;
  maxTokens: number;
  reused: boolean;
  log: string;
}

export interface TaskRow {
  task: string;
  title: string;
  items: number;
  maxTokens: number;
  maxTurns: number;
  chance: number | null;
  itemsSha256: string;
  file: string | null;
}

export interface AccuracyResult {
  session: string;
  model: string | null;
  tasks: TaskRow[];
  temperature: number;
  rows: AccuracyRow[];
  pairs: PairedComparison[];
  /** Null where no text was scored. */
  likelihood: TextLikelihood | null;
  notRun: NotRun[];
}

export function accuracyResult(
  { session, answered, notRun }: Pick<AccuracySweep, 'session' | 'answered' | 'notRun'>,
  prepared: readonly PreparedTask[],
  temperature: number,
  likelihood: TextLikelihood | null,
): AccuracyResult {
  const inOrder = prepared.flatMap(({ task }) => answered.filter((each) => each.task.task === task.name));
  return {
    session,
    model: answered[0]?.cell.model.record.name ?? null,
    tasks: prepared.map(taskRow),
    temperature,
    rows: inOrder.map(rowOf),
    pairs: comparePaired(inOrder.map(forPairing)),
    likelihood,
    notRun,
  };
}

function taskRow({ task, items, maxTokens, itemsSha256, source }: PreparedTask): TaskRow {
  const { name, title, maxTurns, chance } = task;
  return {
    task: name,
    title,
    items: items.length,
    maxTokens,
    maxTurns,
    chance,
    itemsSha256,
    file: source?.file ?? null,
  };
}

function rowOf({ cell, task, items, reused, log }: AnsweredCell): AccuracyRow {
  const { got, weightClass } = cell.model.record.quantization;
  return {
    task: task.task,
    framework: cell.framework.name,
    quantize: got,
    weightClass,
    maxTokens: task.maxTokens,
    ...taskFigures(items),
    reused,
    log,
  };
}

/** All of them had the same items and limits, or they would not be here. */
function forPairing({ cell, task, items }: AnsweredCell): AnsweredTask {
  const { record } = cell.model;
  return {
    task: task.task,
    terms: task.itemsSha256,
    framework: cell.framework.name,
    quantize: record.quantization.got,
    bitsPerWeight: record.effectiveBitsPerWeight,
    correct: new Map(items.map(({ id, correct }) => [id, correct])),
  };
}
