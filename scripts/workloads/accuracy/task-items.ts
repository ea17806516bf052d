/** The items of a run, made before anything is started, so that a bad file is told first. */
import { createHash } from 'node:crypto';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { ItemRequest, Task, TaskItem } from './tasks/task.ts';

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
    throw new UserError(`the task ${twice} was named twice`, {
      exitCode: exitCodes.usage,
      remedy: 'Name each task once; files of one name need other names.',
    });
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
