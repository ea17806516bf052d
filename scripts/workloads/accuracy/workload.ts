/** The accuracy workload: the items of every task, one after the other, each written when it is judged. */
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { wilsonInterval } from '../../statistics/proportions.ts';
import { mean } from '../../statistics/statistics.ts';
import type { EngineWorkload } from '../workload.ts';
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from './records.ts';
import type { PreparedTask } from './tasks/registry.ts';
import { type AskModel, playItem } from './tasks/task.ts';

export interface AccuracyPlan {
  tasks: readonly PreparedTask[];
  /** Items of each task, at most. */
  items: number;
  /** Of each answer; null: the limit of each task. */
  maxTokens: number | null;
  temperature: number;
}

export const accuracy: EngineWorkload<AccuracyPlan> = {
  name: 'accuracy',
  title: 'tasks',
  requested({ tasks, items, maxTokens, temperature }) {
    return { tasks: tasks.map(({ task }) => task.name).join(','), items, maxTokens, temperature };
  },
  run: answerTasks,
};

/** Reports every item that is judged. */
async function answerTasks(context: RunContext, plan: AccuracyPlan): Promise<void> {
  const total = plan.tasks.reduce((sum, { items }) => sum + items.length, 0);
  let done = 0;
  for (const prepared of plan.tasks) {
    await answerTask(context, plan, prepared, () => context.reporter.progress(++done, total));
  }
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
