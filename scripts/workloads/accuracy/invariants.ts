/** What must hold in every log of an accuracy run, whatever the answers were. */

import type { Header } from '../../log/run-log-format.ts';
import type { LogWatch, WorkloadRules } from '../../results/invariants/log-watch.ts';
import { wilsonInterval } from '../../statistics/proportions.ts';
import { mean } from '../../statistics/statistics.ts';
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from './records.ts';

export const rules: WorkloadRules = { watch: (header) => [watchTasks(header)] };

interface ReadTask {
  task: TaskRecord;
  items: TaskItemRecord[];
  result: TaskResultRecord | null;
}

function watchTasks(header: Header): LogWatch {
  const tasks: ReadTask[] = [];
  return {
    record(record) {
      const open = tasks.at(-1);
      switch (record.type) {
        case 'task': {
          const faults = taskFaults(record, tasks, header);
          tasks.push({ task: record, items: [], result: null });
          return faults;
        }
        case 'task_item': {
          const faults = taskItemFaults(record, open);
          if (open?.task.task === record.task && open.result === null) open.items.push(record);
          return faults;
        }
        case 'task_result': {
          const faults = taskResultFaults(record, open);
          if (open !== undefined) open.result = record;
          return faults;
        }
        default:
          return [];
      }
    },
    end(status) {
      if (status !== 'completed') return [];
      const open = tasks.find(({ result }) => result === null);
      if (open !== undefined) return [`a completed accuracy run without a result of ${open.task.task}`];
      return [tasks.length === 0 ? 'a completed accuracy run without a task' : null];
    },
  };
}

/** Sums of the same scores in the same order; only the way through text may round. */
const rounding = 1e-9;

function taskFaults({ task, seed }: TaskRecord, before: readonly ReadTask[], header: Header): string[] {
  const last = before.at(-1);
  const faults: string[] = [];
  if (seed !== header.seed) faults.push(`the task ${task} has the seed ${seed}, and the run ${header.seed}`);
  if (before.some((earlier) => earlier.task.task === task)) faults.push(`the task ${task} begins twice`);
  if (last !== undefined && last.result === null) faults.push(`the task ${task} begins before ${last.task.task} ended`);
  return faults;
}

function taskItemFaults(record: TaskItemRecord, open: ReadTask | undefined): string[] {
  const { task, item, id, messages, answers, score, correct } = record;
  const name = `item ${item} (${id}) of ${task}`;
  if (open === undefined || open.task.task !== task || open.result !== null) return [`${name} is in no open task`];
  const faults: string[] = [];
  if (item !== open.items.length) faults.push(`${name} stands behind ${open.items.length} others`);
  if (open.items.some((other) => other.id === id)) faults.push(`${name} comes twice`);
  const beforeNs = lastInstantOf(open.items.at(-1)) ?? open.task.atNs;
  const startNs = answers[0]?.submitNs ?? beforeNs;
  if (startNs < beforeNs)
    faults.push(`${name} was asked ${beforeNs - startNs} ns before the last token of the one before it`);
  if (correct !== (score === 1)) faults.push(`${name} is ${correct ? '' : 'not '}correct at a score of ${score}`);
  if (answers.length > open.task.maxTurns)
    faults.push(`${name} has ${answers.length} answers of ${open.task.maxTurns}`);
  const written = messages.filter(({ role }) => role === 'assistant').length;
  if (written < answers.length) faults.push(`${name} has ${answers.length} answers, and the text of ${written}`);
  for (const { tokens, submitNs, firstTokenNs, lastTokenNs, served } of answers) {
    // A server may do as it likes, and is remarked (server-warnings.ts).
    if (served !== true && tokens > open.task.maxTokens)
      faults.push(`${name} has ${tokens} tokens of at most ${open.task.maxTokens}`);
    const instants = [submitNs, firstTokenNs ?? submitNs, lastTokenNs ?? firstTokenNs ?? submitNs];
    if (instants.some((instant, i) => instant < (instants[i - 1] ?? instant)))
      faults.push(`${name}: instants do not ascend`);
    if (tokens > 0 !== (firstTokenNs !== undefined)) faults.push(`${name}: ${tokens} tokens, and no instant of them`);
  }
  return faults;
}

function lastInstantOf(item: TaskItemRecord | undefined): number | undefined {
  const last = item?.answers.at(-1);
  return last === undefined ? undefined : (last.lastTokenNs ?? last.submitNs);
}

function taskResultFaults(record: TaskResultRecord, open: ReadTask | undefined): string[] {
  const { task, items, correct, score, ciLow, ciHigh } = record;
  if (open === undefined || open.task.task !== task || open.result !== null) {
    return [`the result of ${task} belongs to no open task`];
  }
  const faults: string[] = [];
  if (items !== open.task.items) faults.push(`${task}: a result of ${items} items, of ${open.task.items}`);
  if (correct > items) faults.push(`${task}: ${correct} correct of ${items} items`);
  if (items !== open.items.length) faults.push(`${task}: a result of ${items} items, and ${open.items.length} of them`);
  const counted = open.items.filter((item) => item.correct).length;
  if (correct !== counted) faults.push(`${task}: ${correct} correct, but ${counted} of the items are`);
  const found = mean(open.items.map((item) => item.score));
  if (open.items.length > 0 && Math.abs(found - score) > rounding) {
    faults.push(`${task}: a mean score of ${score}, but that of the items is ${found}`);
  }
  const interval = wilsonInterval(correct, items) ?? { low: 0, high: 1 };
  if (Math.abs(ciLow - interval.low) > rounding || Math.abs(ciHigh - interval.high) > rounding) {
    faults.push(
      `${task}: the interval ${ciLow} to ${ciHigh}, but ${correct} of ${items} have ${interval.low} to ${interval.high}`,
    );
  }
  return faults;
}
