/** Logs of accuracy runs: one task of three items, two of them right, unless said otherwise. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { wilsonInterval } from '../../scripts/statistics/proportions.ts';
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from '../../scripts/workloads/accuracy/records.ts';
import type { LogShape } from './log-factory.ts';

export function task(change: Partial<TaskRecord> = {}): TaskRecord {
  return {
    type: 'task',
    task: 'arithmetic',
    title: '2 numbers',
    atNs: 1e9,
    items: 3,
    itemsSha256: 'ab'.repeat(32),
    procedural: true,
    seed: 42,
    maxTokens: 32,
    maxTurns: 1,
    temperature: 0,
    chance: null,
    ...change,
  };
}

/** Ten tokens in 0.9 s, 0.1 s after it was asked. */
export function item(index: number, change: Partial<TaskItemRecord> = {}): TaskItemRecord {
  const submitNs = (2 + index) * 1e9;
  return {
    type: 'task_item',
    task: 'arithmetic',
    item: index,
    id: `${index}`,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: `What is ${index} + 1?` },
      { role: 'assistant', content: `It is\n${index + 1}.` },
    ],
    answers: [
      {
        promptTokens: 20,
        tokens: 10,
        stop: 'end',
        submitNs,
        firstTokenNs: submitNs + 0.1e9,
        lastTokenNs: submitNs + 1e9,
      },
    ],
    expected: `${index + 1}`,
    extracted: `${index + 1}`,
    score: 1,
    correct: true,
    reason: 'correct',
    ...change,
  };
}

export const wrong = { score: 0.5, correct: false, reason: 'wrong' } as const;

export function result(change: Partial<TaskResultRecord> = {}): TaskResultRecord {
  const counts = { items: 3, correct: 2, score: 2.5 / 3, ...change };
  const { low: ciLow, high: ciHigh } = wilsonInterval(counts.correct, counts.items) ?? { low: 0, high: 1 };
  return { type: 'task_result', task: 'arithmetic', atNs: 11e9, ciLow, ciHigh, ...counts };
}

export function accuracyLog(
  records: readonly RunRecord[] = [task(), item(0), item(1), item(2, wrong), result()],
  shape: LogShape = {},
): LogShape {
  return { ...shape, header: { ...shape.header, workload: 'accuracy' }, answers: [], records };
}
