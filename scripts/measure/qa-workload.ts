/** The questions, one after the other: the cold answer, the warm-up, then the measured rounds. */
import { chatTemplateOf } from '../models/chat-template.ts';
import { type Answered, type Asked, ask } from './qa-routine.ts';
import { messagesOf, type Question, questionOrder } from './questions.ts';
import type { RunContext } from './run-context.ts';
import type { Phase } from './run-log-format.ts';
import { defaults, type QaPlan } from './run-plan.ts';
import { warmUp } from './warm-up.ts';

export async function measureAnswers(context: RunContext, qa: QaPlan): Promise<void> {
  const { plan, timeLog, write, reporter } = context;
  const template = chatTemplateOf(plan.model);
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

  const warmUpQuestions = questionOrder(qa.questions.questions, plan.seed, -1);
  const nth = (i: number) => warmUpQuestions[i % warmUpQuestions.length] ?? warmUpQuestions[0];
  reporter.stage('warming up');
  await timeLog.span('warmup', async () => {
    const first = nth(0);
    if (first !== undefined) await answerOne(first, 'cold', 0);
    const limit = plan.warmUp === 'auto' ? { atMost: defaults.warmUpAtMost } : { fixed: plan.warmUp };
    const warm = await warmUp(limit, async (attempt) => {
      const question = nth(attempt + 1);
      return question === undefined ? [] : gaps(await answerOne(question, 'warmup', 0));
    });
    if (!warm.stable) {
      write({
        type: 'warning',
        code: 'warm_up_unstable',
        message: `after ${warm.taken} warm-up answers two successive medians still differed by more than 2 %; give it more with --warmup N, or a quieter machine`,
      });
    }
  });

  reporter.stage('measuring');
  const total = qa.rounds * qa.questions.questions.length;
  let done = 0;
  for (let round = 0; round < qa.rounds; round++) {
    for (const question of questionOrder(qa.questions.questions, plan.seed, qa.firstRound + round)) {
      reporter.progress(done++, total);
      await answerOne(question, 'measured', round);
    }
  }
  reporter.progress(total, total);
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

function gaps({ tokens }: Answered): number[] {
  return tokens.slice(1).map((token, i) => token.atNs - (tokens[i]?.atNs ?? token.atNs));
}
