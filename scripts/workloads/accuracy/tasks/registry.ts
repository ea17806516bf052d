/** Every task that needs no file of one's own, one line each, in the order in which they are run; and the items of those that are chosen. */
import { createHash } from 'node:crypto';
import { usageError } from '../../../command-line/errors.ts';
import { withSuggestion } from '../../../command-line/options.ts';
import { arithmetic } from './arithmetic.ts';
import { multipleChoice } from './multiple-choice.ts';
import { questionsTask } from './questions.ts';
import { reverseText } from './reverse-text.ts';
import type { ItemRequest, Task, TaskItem } from './task.ts';
import { wordGame } from './word-game.ts';

/** @param questionsFile of the task that asks predefined questions */
export function tasks(questionsFile: string): Task[] {
  return [questionsTask(questionsFile), arithmetic(1), reverseText(1), multipleChoice, wordGame];
}

/**
 * @param name `arithmetic`, or with a level of difficulty `arithmetic:3`
 * @throws UserError when there is no such task or level
 */
export function taskNamed(name: string, all: readonly Task[]): Task {
  const [plain = '', level, ...more] = name.split(':');
  const task = all.find((each) => each.name === plain);
  if (task === undefined || more.length > 0) {
    throw usageError(
      withSuggestion(
        `there is no task "${name}"`,
        plain,
        all.map((each) => each.name),
      ),
      `Tasks: ${all.map((each) => each.name).join(', ')}. A file of pairs is given with --data FILE.jsonl.`,
    );
  }
  if (level === undefined) return task;
  const { levels } = task;
  if (levels === undefined) throw usageError(`the task ${plain} has no levels`, `Write --tasks ${plain}.`);
  const wanted = Number(level);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > levels.count) {
    throw usageError(`the task ${plain} has no level "${level}"`, `Its levels are 1 to ${levels.count}.`);
  }
  return levels.at(wanted);
}

// The items of a run, made before anything is started, so that a bad file is reported first.

/** A task with the items that every framework and format is asked. */
export interface PreparedTask {
  task: Task;
  items: readonly TaskItem[];
  itemsSha256: string;
  source?: { file: string; sha256: string };
  /** Of each answer. */
  maxTokens: number;
}

/** @throws UserError when a file cannot be read, or two tasks have one name */
export async function prepareTasks(
  tasks: readonly Task[],
  request: ItemRequest,
  maxTokens: number | undefined,
): Promise<PreparedTask[]> {
  const names = tasks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw usageError(`the task ${twice} was named twice`, 'Name each task once; files of one name need other names.');
  }
  const prepared: PreparedTask[] = [];
  for (const task of tasks) {
    const set = await task.items(request);
    const ids = new Set(set.items.map(({ id }) => id));
    if (set.items.length === 0 || ids.size < set.items.length)
      throw new Error(`${task.name} made no items, or some twice`);
    prepared.push({ task, ...set, itemsSha256: hashOfItems(set.items), maxTokens: maxTokens ?? task.maxTokens });
  }
  return prepared;
}

function hashOfItems(items: readonly TaskItem[]): string {
  const hash = createHash('sha256');
  for (const { id, opening, expected } of items) hash.update(`${JSON.stringify([id, opening, expected])}\n`);
  return hash.digest('hex');
}
