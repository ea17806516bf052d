/** The items of a run, made before anything is started, so that a bad file is told first. */
import { createHash } from 'node:crypto';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Generation } from '../../frameworks/messages.ts';
import { arrivalsOf, resolutionNsOf } from '../../log/figures/arrivals.ts';
import type { ChatMessage } from '../../models/chat-template/chat-template.ts';
import type { TaskAnswer, TaskItemRecord } from './records.ts';
import type { ItemRequest, Task, TaskItem, Verdict } from './tasks/task.ts';

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

// One item from its opening to its score: the model answers, the environment responds, until it knows.

/** Asks the model once. Null where the conversation leaves no room in the context for a single token. */
export type AskModel = (messages: readonly ChatMessage[]) => Promise<Answer | null>;

interface Answer {
  text: string;
  promptTokens: number;
  /** The end of the context came before the token limit. */
  contextEnded: boolean;
  generation: Pick<Generation, 'ids' | 'atNs' | 'submitNs' | 'stop' | 'served'>;
}

type Played = Omit<TaskItemRecord, 'type' | 'task' | 'item'>;

export async function playItem(item: TaskItem, maxTurns: number, ask: AskModel): Promise<Played> {
  const { id, expected } = item;
  const messages = [...item.opening];
  const texts: string[] = [];
  const answers: TaskAnswer[] = [];
  const judged = ({ score, extracted, reason }: Omit<Verdict, 'kind'>): Played => {
    return { id, messages, answers, expected, extracted, score, correct: score === 1, reason };
  };
  for (;;) {
    const answer = await ask(messages);
    if (answer === null) return judged({ score: 0, extracted: null, reason: 'context' });
    messages.push({ role: 'assistant', content: answer.text });
    texts.push(answer.text);
    answers.push(answerRecord(answer));
    const response = item.respond(texts);
    if (response.kind === 'verdict') return judged({ ...response, reason: reasonOf(response, answer) });
    if (texts.length >= maxTurns) return judged({ score: 0, extracted: null, reason: 'turns' });
    messages.push({ role: 'user', content: response.content });
  }
}

/** What was cut may be wrong for that alone. */
function reasonOf({ score, reason }: Verdict, { generation, contextEnded }: Answer): string {
  if (score === 1 || generation.stop !== 'length') return reason;
  return contextEnded ? 'context' : 'length';
}

function answerRecord({ promptTokens, generation }: Answer): TaskAnswer {
  const { ids, atNs, submitNs, stop } = generation;
  const [first, last] = [atNs.at(0), atNs.at(-1)];
  return {
    promptTokens,
    tokens: ids.length,
    stop,
    submitNs,
    ...(first === undefined || last === undefined ? {} : { firstTokenNs: first, lastTokenNs: last }),
    ...arrivalsOf(atNs, resolutionNsOf(generation)),
    ...(generation.served === undefined ? {} : { served: true }),
  };
}
