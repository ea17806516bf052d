/** The accuracy workload: the items of every task, one after the other, each written when it is judged. */
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from '../../log/records/accuracy-records.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { AccuracyPlan } from '../../run/run-plan.ts';
import { mean } from '../../statistics/statistics.ts';
import { wilsonInterval } from '../../statistics/wilson.ts';
import { type AskModel, playItem } from './play-item.ts';
import type { PreparedTask } from './task-items.ts';

/** @param onItem called behind every item */
export async function answerTasks(
  context: RunContext,
  plan: AccuracyPlan,
  tasks: readonly PreparedTask[],
  onItem: () => void,
): Promise<void> {
  for (const prepared of tasks) await answerTask(context, plan, prepared, onItem);
}

async function answerTask(
  context: RunContext,
  plan: AccuracyPlan,
  prepared: PreparedTask,
  onItem: () => void,
): Promise<void> {
  const { write, timeLog } = context;
  const { task, items } = prepared;
  write(taskRecord(context, plan, prepared));
  const ask = asking(context, plan, prepared);
  const records: TaskItemRecord[] = [];
  for (const [index, item] of items.entries()) {
    context.checkInterrupted();
    const played = await playItem(item, task.maxTurns, ask);
    const record: TaskItemRecord = { type: 'task_item', task: task.name, item: index, ...played };
    records.push(record);
    write(record);
    onItem();
  }
  write(resultOf(task.name, timeLog.now(), records));
}

function taskRecord({ plan, timeLog }: RunContext, { temperature }: AccuracyPlan, prepared: PreparedTask): TaskRecord {
  const { task, items, itemsSha256, source, maxTokens } = prepared;
  return {
    type: 'task',
    task: task.name,
    title: task.title,
    atNs: timeLog.now(),
    items: items.length,
    itemsSha256,
    procedural: task.procedural,
    seed: plan.seed,
    maxTokens,
    maxTurns: task.maxTurns,
    temperature,
    chance: task.chance,
    ...(source === undefined ? {} : { source }),
  };
}

/** The template once over the whole conversation, as in chat; each answer from an empty cache, so that no item helps another. */
function asking({ engine, plan }: RunContext, { temperature }: AccuracyPlan, { maxTokens }: PreparedTask): AskModel {
  const template = chatTemplateOf(plan.model);
  return async (messages) => {
    const { ids: prompt } = await engine.tokenize((await template(messages)).text);
    const room = plan.settings.contextTokens - prompt.length;
    if (room < 1) return null;
    const generation = await engine.generate({
      prompt,
      messages: [...messages],
      maxTokens: Math.min(maxTokens, room),
      temperature,
      seed: plan.seed,
      ignoreEndOfSequence: false,
      reusePrefix: false,
      stream: false,
    });
    return {
      text: generation.pieces.join('').trim(),
      promptTokens: prompt.length,
      contextEnded: room < maxTokens,
      generation,
    };
  };
}

function resultOf(task: string, atNs: number, items: readonly TaskItemRecord[]): TaskResultRecord {
  const correct = items.filter((item) => item.correct).length;
  const interval = wilsonInterval(correct, items.length) ?? { low: 0, high: 1 };
  return {
    type: 'task_result',
    task,
    atNs,
    items: items.length,
    correct,
    score: mean(items.map(({ score }) => score)),
    ciLow: interval.low,
    ciHigh: interval.high,
  };
}
