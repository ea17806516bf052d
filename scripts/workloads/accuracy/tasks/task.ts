/**
 * The contract of a task: items to be asked, and an environment that answers the model until it knows the score. A new task is one
 * file with one of these and one line in registry.ts; docs/accuracy.md has a complete example, and a contract test runs over all.
 */
import type { Generation } from '../../../frameworks/messages.ts';
import { arrivalsOf, resolutionNsOf } from '../../../log/figures/arrivals.ts';
import type { ChatMessage } from '../../../models/chat-template/chat-template.ts';
import type { TaskAnswer, TaskItemRecord } from '../records.ts';

/** The same seed and count give the same items on every machine, whatever is asked to answer them. */
export interface ItemRequest {
  seed: number;
  /** At most so many. */
  count: number;
}

interface ItemSet {
  items: TaskItem[];
  /** The file that they came from. */
  source?: { file: string; sha256: string };
}

export interface TaskItem {
  /** Unique within the task. */
  id: string;
  /** The messages that open the conversation; the last one is the user's. */
  opening: readonly ChatMessage[];
  /** An answer that scores 1 at once. */
  expected: string;
  /**
   * What the environment says to the answers so far, the last one just given. Pure: the same answers, the same response, so
   * that a conversation can be judged again from its log.
   */
  respond(answers: readonly string[]): Response;
}

export type Response = Reply | Verdict;

/** The conversation goes on with this message of the user. */
interface Reply {
  kind: 'reply';
  content: string;
}

/** It is over. */
export interface Verdict {
  kind: 'verdict';
  /** 0 to 1; only 1 is correct. */
  score: number;
  /** What was taken for the answer; null where the text has none. */
  extracted: string | null;
  /** `correct`, or in a word or two why not. */
  reason: string;
}

export interface Task {
  /** On the command line and in logs: lower case, `arithmetic`. */
  name: string;
  /** What it asks, in a few words. */
  title: string;
  /** True: the seed makes the items, and there are as many as one wants. */
  procedural: boolean;
  /** Share that guessing gets right; null where that is next to nothing. */
  chance: number | null;
  /** Limit of tokens per answer, unless --max-tokens says otherwise. */
  maxTokens: number;
  /** Most answers of one item. */
  maxTurns: number;
  /** @throws UserError when a file that they come from cannot be read */
  items(request: ItemRequest): Promise<ItemSet>;
  /** The same task at levels of difficulty, from 1; absent where there is only one. */
  levels?: { count: number; at: (level: number) => Task };
}

/** The rubric of a task with a single answer. */
export function verdict(score: number, extracted: string | null): Verdict {
  const reason = score === 1 ? 'correct' : extracted === null ? 'no answer found' : 'wrong';
  return { kind: 'verdict', score, extracted, reason };
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
