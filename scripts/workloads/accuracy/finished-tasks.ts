/** Tasks that earlier runs have completed with the same model, items and settings: they need no second run. */

import { frameworkSettingsOf } from '../../log/recorded-options.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { RunPlan } from '../../run/run-plan.ts';
import { optionName } from '../../settings/framework-options.ts';
import { type EarlierLog, earlierLogs, isSameWork, recordsOf } from './earlier-logs.ts';
import type { TaskItemRecord, TaskRecord } from './records.ts';
import type { PreparedTask } from './task-items.ts';

export interface FinishedTask {
  task: TaskRecord;
  items: readonly TaskItemRecord[];
  log: string;
}

type Asked = Pick<RunPlan, 'framework' | 'model' | 'settings' | 'output' | 'seed'>;

/**
 * Of several the latest. A log that was cut off counts as far as it goes: a task is finished when its result is written.
 * @param hostname as logs of this host name it
 */
export function finishedTasks(
  asked: Asked,
  hostname: string,
  temperature: number,
  prepared: readonly PreparedTask[],
): Map<PreparedTask, FinishedTask> {
  const { framework, output, model, settings } = asked;
  const found = new Map<PreparedTask, FinishedTask>();
  for (const log of earlierLogs({ framework, hostname, output, workload: 'accuracy' })) {
    if (!isSameWork(log.header, model.record, settings) || !hasSameOptions(log.header, asked)) continue;
    for (const finished of tasksOf(log)) {
      const match = prepared.find((each) => isSameTask(finished.task, each, temperature, asked.seed));
      if (match !== undefined) found.set(match, finished);
    }
  }
  return found;
}

function hasSameOptions(header: Header, { framework, settings }: Asked): boolean {
  const before = frameworkSettingsOf(header);
  return (framework.options ?? []).map(optionName).every((name) => before[name] === settings.framework?.[name]);
}

function isSameTask(task: TaskRecord, prepared: PreparedTask, temperature: number, seed: number): boolean {
  return (
    task.task === prepared.task.name &&
    task.itemsSha256 === prepared.itemsSha256 &&
    task.maxTokens === prepared.maxTokens &&
    task.maxTurns === prepared.task.maxTurns &&
    task.temperature === temperature &&
    // A greedy answer knows no seed.
    (task.temperature === 0 || task.seed === seed)
  );
}

function tasksOf(log: EarlierLog): FinishedTask[] {
  const finished: FinishedTask[] = [];
  let open: { task: TaskRecord; items: TaskItemRecord[] } | null = null;
  for (const record of recordsOf(log)) {
    if (record.type === 'task') open = { task: record, items: [] };
    if (record.type === 'task_item') open?.items.push(record);
    if (record.type === 'task_result') {
      // A line that was lost leaves fewer items than the result counts.
      if (open !== null && record.items === open.items.length) finished.push({ ...open, log: log.path });
      open = null;
    }
  }
  return finished;
}
