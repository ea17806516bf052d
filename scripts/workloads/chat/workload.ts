/** A chat: a person asks, or a script that streams answers; every answer is timed and logged like those of a benchmark. */
import { counted, milliseconds, significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { type ChatMessage, type ChatTemplate, chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import { answerMetrics, runRates } from '../../results/figures/metrics.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { type Answered, ask } from '../questions/qa-routine.ts';
import type { AnswerRecord } from '../questions/records.ts';
import { summaryOf } from '../questions/workload.ts';
import type { EngineWorkload } from '../workload.ts';
import type { FeedbackRecord } from './records.ts';

export interface ChatPlan {
  system: string | null;
  maxTokens: number;
  temperature: number;
  /** Asks, until there is nothing more to ask. */
  talk(context: RunContext): Promise<void>;
}

export const chat: EngineWorkload<ChatPlan> = {
  name: 'chat',
  title: 'chat',
  timesAnswers: false,
  requested: ({ maxTokens, temperature, system }) => ({ maxTokens, temperature, system }),
  run: (context, { talk }) => talk(context),
  summary: summaryOf,
};

/** A conversation: its messages, and its answers in the log. Knows nothing of terminals. */
export class ChatSession {
  readonly #context: RunContext;
  readonly #chat: Omit<ChatPlan, 'talk'>;
  readonly #template: ChatTemplate;
  readonly #answers: AnswerRecord[] = [];
  #messages: ChatMessage[] = [];

  constructor(context: RunContext, chat: Omit<ChatPlan, 'talk'>) {
    this.#context = context;
    this.#chat = chat;
    this.#template = chatTemplateOf(context.plan.model);
    this.reset();
  }

  /** Answers of this session, oldest first. */
  get answers(): readonly AnswerRecord[] {
    return this.#answers;
  }

  /** Forgets the conversation; the log keeps it. */
  reset(): void {
    const { system } = this.#chat;
    this.#messages = system === null ? [] : [{ role: 'system', content: system }];
  }

  /** Answers, streaming through the run's `onPiece`. An answer that was cancelled stays in the conversation as far as it went. */
  async say(question: string): Promise<Answered> {
    const { engine, timeLog, write, plan } = this.#context;
    const index = this.#answers.length;
    this.#messages.push({ role: 'user', content: question });
    const asked = {
      answer: index,
      phase: index === 0 ? ('cold' as const) : ('measured' as const),
      round: 0,
      questionId: `turn-${index + 1}`,
      question,
      expected: null,
      messages: this.#messages,
    };
    const { maxTokens, temperature } = this.#chat;
    const how = { ignoreEndOfSequence: false, reusePrefix: true, stream: true };
    const sampling = { maxTokens, temperature, seed: plan.seed, ...how };
    try {
      const answered = await timeLog.span(
        'question',
        () => ask(engine, this.#template, asked, sampling),
        String(index),
      );
      this.#messages.push({ role: 'assistant', content: answered.answer.text });
      this.#answers.push(answered.answer);
      write(...answered.tokens, answered.answer);
      return answered;
    } catch (error) {
      this.#messages.pop();
      throw error;
    }
  }

  /** Stops the running answer after its current token. */
  async stopAnswer(): Promise<void> {
    await this.#context.engine.cancel();
  }

  feedback(rating: FeedbackRecord['rating'], comment: string): void {
    this.#context.write({ type: 'feedback', answer: this.#answers.length - 1, rating, comment });
  }
}

// Timings of answers, as /stats and the line under each answer show them.

export function answerLine(answer: AnswerRecord): string {
  const { ttftMs, decodeTokensPerSecond } = answerMetrics(answer);
  const parts = [
    counted(answer.tokens, 'tokens'),
    ...(ttftMs === null ? [] : [`TTFT ${milliseconds(ttftMs)}`]),
    ...(decodeTokensPerSecond === null ? [] : [`${significant(decodeTokensPerSecond)} tokens/s`]),
    ...(answer.cachedPromptTokens > 0
      ? [`${answer.cachedPromptTokens} of ${answer.promptTokens} prompt tokens cached`]
      : []),
    ...(answer.stop === 'length' ? ['cut at --max-tokens'] : []),
    ...(answer.stop === 'cancelled' ? ['stopped'] : []),
  ];
  return parts.join(', ');
}

export function statsTable(answers: readonly AnswerRecord[]): string {
  if (answers.length === 0) return 'No answers yet.';
  const cell = (value: number | null) => (value === null ? '-' : significant(value));
  const rows = answers.map((answer, i) => {
    const { ttftMs, tpotMs, decodeTokensPerSecond } = answerMetrics(answer);
    const counts = [i + 1, answer.promptTokens, answer.cachedPromptTokens, answer.tokens];
    return [...counts.map(String), ...[ttftMs, tpotMs, decodeTokensPerSecond].map(cell)];
  });
  const totals = runRates(answers);
  return [
    table(['answer', 'prompt', 'cached', 'tokens', 'TTFT (ms)', 'TPOT (ms)', 'decode (tokens/s)'], rows),
    `All answers together: ${cell(totals.decodeTokensPerSecond)} tokens/s decode, ${cell(totals.prefillTokensPerSecond)} tokens/s prefill.`,
  ].join('\n');
}
