/** The tasks that a run has finished. */

import type { RunOutcome } from '../../run/run.ts';
import type { Trial } from '../trials.ts';
import type { FinishedTask } from './finished-tasks.ts';
import type { TaskItemRecord } from './records.ts';

/** One task, answered by one framework with one format of the weights. */
export interface AnsweredCell extends FinishedTask {
  cell: Trial;
  /** From the log of an earlier run. */
  reused: boolean;
}

export function finishedIn({ records, logPath }: RunOutcome): FinishedTask[] {
  const items = records.filter((record): record is TaskItemRecord => record.type === 'task_item');
  const finished = new Set(records.flatMap((record) => (record.type === 'task_result' ? [record.task] : [])));
  return records.flatMap((task) =>
    task.type === 'task' && finished.has(task.task)
      ? [{ task, items: items.filter((item) => item.task === task.task), log: logPath }]
      : [],
  );
}
