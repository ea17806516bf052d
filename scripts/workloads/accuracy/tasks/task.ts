/**
 * The contract of a task: items to be asked, and an environment that answers the model until it knows the score. A new task is one
 * file with one of these and one line in registry.ts; docs/accuracy.md has a complete example, and a contract test runs over all.
 */
import type { ChatMessage } from '../../../models/chat-template/chat-template.ts';

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
