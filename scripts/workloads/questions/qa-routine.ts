/** One question, one answer: template, tokens, generation, stamps. Benchmark and chat both ask through here. */
import { createHash } from 'node:crypto';
import type { Engine } from '../../engine/engine.ts';
import type { GenerateRequest, Generation } from '../../frameworks/messages.ts';
import { arrivalsOf, resolutionNsOf } from '../../log/figures/arrivals.ts';
import type { Phase } from '../../log/record-fields.ts';
import { type ChatMessage, type ChatTemplate, chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { messagesOf, type QuestionSet } from './questions.ts';
import { type AnswerRecord, judgeAnswer, questionOrder, type TokenRecord } from './records.ts';

export interface Asked {
  /** Index of the answer within the run. */
  answer: number;
  phase: Phase;
  round: number;
  questionId: string;
  question: string;
  expected: string | null;
  messages: readonly ChatMessage[];
}

export interface Answered {
  answer: AnswerRecord;
  tokens: TokenRecord[];
}

export async function ask(
  engine: Pick<Engine, 'tokenize' | 'generate'>,
  template: ChatTemplate,
  asked: Asked,
  sampling: Omit<GenerateRequest, 'prompt' | 'messages'>,
): Promise<Answered> {
  const { text, durationNs: templateNs } = await template(asked.messages);
  const { ids: prompt, durationNs: tokenizeNs } = await engine.tokenize(text);
  const generation = await engine.generate({ prompt, messages: asked.messages, ...sampling });
  // A server that is given the conversation makes the prompt itself.
  const preparedNs = generation.served?.asked === 'messages' ? 0 : templateNs + tokenizeNs;
  const written = generation.pieces.join('').trim();
  const { messages: _, ...facts } = asked;
  return {
    answer: {
      type: 'answer',
      ...facts,
      text: written,
      correct: judgeAnswer(written, asked.expected, generation.stop),
      promptTokens: prompt.length,
      cachedPromptTokens: generation.cachedPromptTokens,
      promptTokensSha256: hashOfIds(prompt),
      templateNs,
      tokenizeNs,
      startNs: generation.submitNs - preparedNs,
      submitNs: generation.submitNs,
      ...(generation.promptEvaluatedNs === null ? {} : { promptEvaluatedNs: generation.promptEvaluatedNs }),
      ...firstAndLast(generation.atNs),
      tokens: generation.ids.length,
      ...arrivalsOf(generation.atNs, resolutionNsOf(generation)),
      stop: generation.stop,
      ...servedCounts(generation),
    },
    tokens: generation.ids.map((id, step) => ({
      type: 'token',
      answer: asked.answer,
      step,
      id,
      text: generation.pieces[step] ?? '',
      atNs: generation.atNs[step] ?? Number.NaN,
      ...(generation.enqueueNs?.[step] === undefined ? {} : { enqueueNs: generation.enqueueNs[step] }),
    })),
  };
}

/** A question as the first prompt of a new chat. */
export interface RenderedQuestion {
  questionId: string;
  messages: ChatMessage[];
  /** Token ids, as the template and the tokenizer of the model make them. */
  prompt: number[];
}

/** Every question as a prompt of this model, in the order that the seed draws. */
export async function renderedQuestions(
  engine: Pick<Engine, 'tokenize'>,
  model: ResolvedModel,
  questions: QuestionSet,
  seed: number,
): Promise<RenderedQuestion[]> {
  const template = chatTemplateOf(model);
  const rendered: RenderedQuestion[] = [];
  for (const question of questionOrder(questions.questions, seed, 0)) {
    const messages = messagesOf(questions, question);
    const { ids } = await engine.tokenize((await template(messages)).text);
    rendered.push({ questionId: question.id, messages, prompt: ids });
  }
  return rendered;
}

function firstAndLast(atNs: readonly number[]): { firstTokenNs?: number; lastTokenNs?: number } {
  const [first, last] = [atNs.at(0), atNs.at(-1)];
  return first === undefined || last === undefined ? {} : { firstTokenNs: first, lastTokenNs: last };
}

function servedCounts({ served, texts }: Generation): Pick<AnswerRecord, 'served'> {
  if (served === undefined) return {};
  return { served: { chunks: texts?.length ?? 0, promptTokens: served.promptTokens, tokens: served.tokens } };
}

/** sha256 over the ids as little-endian int32. */
export function hashOfIds(ids: readonly number[]): string {
  const bytes = Buffer.alloc(ids.length * 4);
  ids.forEach((id, i) => {
    bytes.writeInt32LE(id, i * 4);
  });
  return createHash('sha256').update(bytes).digest('hex');
}
