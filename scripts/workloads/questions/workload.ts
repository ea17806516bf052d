/** The questions, one after the other: the cold answer, the warm-up, then the measured rounds. */
import { milliseconds, significant } from '../../command-line/format.ts';
import type { Sampling } from '../../frameworks/messages.ts';
import type { Phase } from '../../log/record-fields.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import { gapsOf, relativeGaps } from '../../results/figures/decode-pieces.ts';
import { scoreText } from '../../results/figures/question-score.ts';
import type { RunSummary } from '../../results/run-summary.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { needsRound, writeWarmUp } from '../../run/warm-up.ts';
import { defaults } from '../../settings/defaults.ts';
import {
  type EngineWorkload,
  percentilesTable,
  requireContext,
  type SummaryParts,
  statisticsTable,
} from '../workload.ts';
import { type Answered, type Asked, ask } from './qa-routine.ts';
import { messagesOf, type Question, type QuestionSet, readQuestions } from './questions.ts';
import { type AnswerRecord, questionOrder } from './records.ts';

export interface QaPlan extends Pick<Sampling, 'maxTokens' | 'temperature' | 'ignoreEndOfSequence'> {
  questions: QuestionSet;
  /** Rounds of the question list, at least. */
  rounds: number;
  /** Drawn into the order of the questions, so that iterations of a comparison differ and frameworks do not. */
  firstRound: number;
  /** Further rounds follow until so much was decoded. */
  minSeconds: number;
  /** Whether exact answers can be expected. */
  judged: boolean;
}

export const questions: EngineWorkload<QaPlan> = {
  name: 'qa',
  title: 'questions',
  asked: true,
  watched: true,
  warmsUp: true,
  extent: { done: 'tokens were decoded', more: '--min-seconds N, or more rounds with --iterations N' },
  async plan(values, { model, contextTokens, rounds, firstRound }) {
    const { maxTokens, temperature, ignoreEndOfSequence, minSeconds = defaults.minSeconds } = values;
    const questionSet = await readQuestions(values.questions);
    requireContext(maxTokens + 1, contextTokens);
    const { source } = model.record;
    // The predefined answers are the embedded model's; a file of one's own comes with answers of one's own.
    const judged = source === 'embedded' || (values.questions !== undefined && source !== 'synthetic');
    const sampling = { maxTokens, temperature, ignoreEndOfSequence };
    return { questions: questionSet, rounds, firstRound, minSeconds, judged, ...sampling };
  },
  requested({ maxTokens, temperature, rounds, firstRound, minSeconds, ignoreEndOfSequence }) {
    return { maxTokens, temperature, rounds, firstRound, minSeconds, ignoreEndOfSequence };
  },
  asks: (plan) => plan.questions,
  run: measureAnswers,
  summary: summaryOf,
};

/** A server may keep what it was asked: the other questions come to it for the first time when they are measured. */
const warmUpQuestionsOfServer = 3;

async function measureAnswers(context: RunContext, qa: QaPlan): Promise<void> {
  const { plan, timeLog, write, reporter } = context;
  const template = chatTemplateOf(plan.model);
  const isServed = plan.framework.devices.includes('server');
  const { maxTokens, temperature, ignoreEndOfSequence } = qa;
  const sampling = { maxTokens, temperature, seed: plan.seed, ignoreEndOfSequence, reusePrefix: false, stream: false };
  let index = 0;

  const answerOne = async (question: Question, phase: Phase, round: number): Promise<Answered> => {
    context.checkInterrupted();
    const asked: Asked = {
      answer: index++,
      phase,
      round,
      questionId: question.id,
      question: question.question,
      expected: qa.judged ? question.answer : null,
      messages: messagesOf(qa.questions, question),
    };
    const asking = () => ask(context.engine, template, asked, sampling);
    const answered = await timeLog.span('question', asking, String(asked.answer));
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
    await writeWarmUp(
      context,
      undefined,
      {
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
      },
      qa.minSeconds,
    );
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

/** What answers took, whoever asked for them. */
export function summaryOf({ answers, totals }: RunSummary): SummaryParts | null {
  if (answers === null) return null;
  const { percentiles, memoryThroughputGbPerSecond, coldTtftMs, score } = answers;
  const rate = answers.totals.decodeTokensPerSecond;
  const peak = totals.peakTokensPerSecond;
  const read = `${significant(memoryThroughputGbPerSecond ?? 0)} GB/s`;
  const fastest = peak === null ? '' : `; ${significant(peak)} tokens/s in the fastest second`;
  return {
    tables: [
      statisticsTable([
        ['TTFT (ms)', answers.ttftMs],
        ['TPOT (ms)', answers.tpotMs],
        ['decode (tokens/s)', answers.decodeTokensPerSecond],
        [
          answers.prefillIsLowerBound ? 'prefill, lower bound (tokens/s)' : 'prefill (tokens/s)',
          answers.prefillTokensPerSecond,
        ],
        ['end to end (ms)', answers.e2eMs],
      ]),
      percentilesTable([
        ['TTFT (ms)', percentiles.ttftMs],
        [`gaps between ${percentiles.itlIsInterChunk ? 'arrivals' : 'tokens'} (ms)`, percentiles.itlMs],
        ['end to end (ms)', percentiles.e2eMs],
      ]),
    ],
    facts: [
      ['decode', rate === null ? null : `${significant(rate)} tokens/s over all answers, reading ${read}${fastest}`],
      ['cold TTFT', coldTtftMs === null ? null : milliseconds(coldTtftMs)],
      ['correct', score === null ? null : scoreText(score)],
    ],
  };
}
