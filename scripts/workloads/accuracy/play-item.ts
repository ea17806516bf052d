/** One item from its opening to its score: the model answers, the environment responds, until it knows. */
import type { Generation } from '../../engine/protocol.ts';
import { arrivalsOf, resolutionNsOf } from '../../log/figures/arrivals.ts';
import type { ChatMessage } from '../../models/chat-template/rendering.ts';
import type { TaskAnswer, TaskItemRecord } from './records.ts';
import type { TaskItem, Verdict } from './tasks/task.ts';

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
