/** The questions, one after the other: the cold answer, the warm-up, then the measured rounds. */

import { gapsOf, relativeGaps } from '../../log/figures/decode-pieces.ts';
import type { AnswerRecord, Phase } from '../../log/run-log-format.ts';
import { writeWarmUp } from '../../log/warm-up-record.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import { needsRound } from '../../run/measured-rounds.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { QaPlan } from '../../run/run-plan.ts';
import { type Answered, type Asked, ask } from './qa-routine.ts';
import { messagesOf, type Question, questionOrder } from './questions.ts';

/** A server may keep what it was asked: the other questions come to it for the first time when they are measured. */
const warmUpQuestionsOfServer = 3;

export async function measureAnswers(context: RunContext, qa: QaPlan): Promise<void> {
  const { plan, timeLog, write, reporter } = context;
  const template = chatTemplateOf(plan.model);
  const isServed = plan.framework.devices.includes('server');
  let index = 0;

  const answerOne = async (question: Question, phase: Phase, round: number): Promise<Answered> => {
    context.checkInterrupted();
    const label = String(index);
    const asked = askedOf(question, { answer: index++, phase, round }, qa);
    const answered = await timeLog.span(
      'question',
      () => ask(context.engine, template, asked, samplingOf(context, qa)),
      label,
    );
    write(...answered.tokens, answered.answer);
    return answered;
  };

  const order = questionOrder(qa.questions.questions, plan.seed, -1);
  const warmUpQuestions = isServed ? order.slice(0, warmUpQuestionsOfServer) : order;
  const nth = (i: number) => warmUpQuestions[i % warmUpQuestions.length];
  reporter.stage('warming up');
  await timeLog.span('warmup', async () => {
    const first = nth(0);
    if (first === undefined) return;
    await answerOne(first, 'cold', 0);
    await writeWarmUp(context, undefined, {
      attempt: async (attempt) => {
        const { tokens, answer } = await answerOne(nth(attempt + 1) ?? first, 'warmup', 0);
        return { tokens: decodedTokens(answer), ns: decodeNs(answer), answer: answer.answer, gaps: gapsOf(tokens) };
      },
      paces: (tries, from) => {
        const since = tries[from]?.answer ?? 0;
        return relativeGaps(
          tries.flatMap(({ gaps }) => gaps),
          ({ answer }) => answer >= since,
        );
      },
    });
  });

  reporter.stage('measuring');
  const perRound = qa.questions.questions.length;
  // What a server keeps of a prompt would make the second round another measurement than the first.
  const asked = isServed ? { ...qa, minSeconds: 0 } : qa;
  const startNs = timeLog.now();
  let workNs = 0;
  let round = 0;
  for (; needsRound(asked, { rounds: round, workNs, elapsedNs: timeLog.now() - startNs }); round++) {
    for (const [done, question] of questionOrder(qa.questions.questions, plan.seed, qa.firstRound + round).entries()) {
      reporter.progress(round * perRound + done, Math.max(qa.rounds, round + 1) * perRound);
      workNs += decodeNs((await answerOne(question, 'measured', round)).answer);
    }
  }
  reporter.progress(round * perRound, round * perRound);
}

function decodedTokens({ tokens }: AnswerRecord): number {
  return Math.max(0, tokens - 1);
}

function decodeNs({ firstTokenNs = 0, lastTokenNs = 0 }: AnswerRecord): number {
  return lastTokenNs - firstTokenNs;
}

function askedOf(question: Question, place: { answer: number; phase: Phase; round: number }, qa: QaPlan): Asked {
  return {
    ...place,
    questionId: question.id,
    question: question.question,
    expected: qa.judged ? question.answer : null,
    messages: messagesOf(qa.questions, question),
  };
}

function samplingOf(context: RunContext, qa: QaPlan) {
  return {
    maxTokens: qa.maxTokens,
    temperature: qa.temperature,
    seed: context.plan.seed,
    ignoreEndOfSequence: qa.ignoreEndOfSequence,
    reusePrefix: false,
    stream: false,
  };
}
