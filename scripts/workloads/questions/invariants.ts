/**
 * What must hold between the answers of a run: they are numbered, follow each other in time and phase, each question comes once a
 * round, and asking the same again is the same prompt.
 */

import { phases } from '../../log/record-fields.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { LogWatch } from '../../results/invariants/log-watch.ts';
import type { Spans } from '../../results/invariants/span-faults.ts';
import { watchWarmUp } from '../../results/invariants/warm-up-faults.ts';
import type { WorkloadRules } from '../../results/invariants/workload-rules.ts';
import { watchAnswerBounds, watchTokens } from './answer-invariants.ts';
import { type AnswerRecord, questionOrder } from './records.ts';

export const rules: WorkloadRules = {
  alsoWrites: ['warm_up'],
  result: 'answer',
  watch: (header, spans) => [
    ...answerWatches(header, spans),
    watchWarmUp((record) =>
      record.type === 'answer'
        ? { tokens: Math.max(0, record.tokens - 1), ns: (record.lastTokenNs ?? 0) - (record.firstTokenNs ?? 0) }
        : null,
    ),
  ],
};

/** @param isChat whether a person asks: then nothing is known of what is asked, and in which order */
export function answerWatches(header: Header, spans: Spans, { isChat = false } = {}): readonly LogWatch[] {
  return [watchTokens(), watchAnswerBounds(header, isChat), watchAnswers(header, spans, isChat)];
}

type Asked = Pick<AnswerRecord, 'question' | 'expected' | 'promptTokens' | 'promptTokensSha256'>;

function watchAnswers(header: Header, spans: Spans, isChat: boolean): LogWatch {
  const order = isChat ? null : watchQuestionOrder(header);
  const perRound = header.questions?.count;
  const asked = new Map<string, Asked>();
  let previous: AnswerRecord | null = null;
  let answers = 0;
  let warmUps = 0;
  let round = -1;
  let inRound = new Set<string>();

  const measuredFaults = (answer: AnswerRecord): Array<string | null> => {
    if (isChat) return [];
    const faults: Array<string | null> = [];
    if (answer.round !== round) {
      if (answer.round !== round + 1)
        faults.push(`answer ${answer.answer} is in round ${answer.round}, behind round ${round}`);
      else if (round >= 0) faults.push(roundFault(round, inRound.size, perRound));
      round = answer.round;
      inRound = new Set();
    }
    if (inRound.has(answer.questionId)) {
      faults.push(`answer ${answer.answer}: the question "${answer.questionId}" comes twice in round ${answer.round}`);
    }
    faults.push(order?.fault(answer, inRound.size) ?? null);
    inRound.add(answer.questionId);
    return faults;
  };

  const warmUpFaults = (answer: AnswerRecord): Array<string | null> => {
    // A server is warmed up with a part of the list, which older versions chose otherwise.
    const drawn = perRound !== undefined && answer.served === undefined;
    return [
      answer.round === 0 ? null : `answer ${answer.answer} is a warm-up of round ${answer.round}`,
      drawn ? (order?.fault(answer, warmUps++ % perRound) ?? null) : null,
    ];
  };

  return {
    record(record) {
      if (record.type !== 'answer') return [];
      const faults = [
        record.answer === answers ? null : `answer ${record.answer} stands where answer ${answers} belongs`,
        phaseFault(record, previous, spans),
        timeFault(record, previous, spans),
        ...(record.phase === 'measured' ? measuredFaults(record) : warmUpFaults(record)),
        promptFault(record, asked.get(record.questionId)),
      ];
      answers = record.answer + 1;
      previous = record;
      if (!asked.has(record.questionId)) {
        const { question, expected, promptTokens, promptTokensSha256 } = record;
        asked.set(record.questionId, { question, expected, promptTokens, promptTokensSha256 });
      }
      return faults;
    },
    end(status) {
      if (status !== 'completed' || isChat) return [];
      const { rounds } = header.requested;
      const lacks = typeof rounds === 'number' && round + 1 < rounds;
      return [
        lacks ? `${round + 1} rounds of the questions, and ${rounds} were asked for` : null,
        round < 0 ? 'a completed run without a measured answer' : roundFault(round, inRound.size, perRound),
      ];
    },
  };
}

function roundFault(round: number, questions: number, perRound: number | undefined): string | null {
  if (perRound === undefined || questions === perRound) return null;
  return `round ${round} has ${questions} of ${perRound} questions`;
}

function phaseFault({ answer, phase }: AnswerRecord, previous: AnswerRecord | null, spans: Spans): string | null {
  if (previous === null)
    return spans.knows('warmup') && phase !== 'cold' ? `answer ${answer} is the first one, and not cold` : null;
  if (phase === 'cold') return `answer ${answer} is cold, and not the first`;
  const isBack = phases.indexOf(phase) < phases.indexOf(previous.phase);
  return isBack ? `answer ${answer} is of the phase ${phase}, behind one of the phase ${previous.phase}` : null;
}

/** There is one answer at a time, each within the span of its question, and warm-up answers within the warm-up. */
function timeFault(record: AnswerRecord, previous: AnswerRecord | null, spans: Spans) {
  const { answer, phase, startNs, submitNs, lastTokenNs = submitNs } = record;
  const beforeNs = previous === null ? 0 : (previous.lastTokenNs ?? previous.submitNs);
  if (startNs < beforeNs)
    return `answer ${answer} starts ${beforeNs - startNs} ns before the last token of the one before it`;
  const span = spans.closed('question', String(answer));
  if (span !== undefined && (startNs < span.startNs || lastTokenNs > span.endNs)) {
    return `answer ${answer} lies outside of the span of its question`;
  }
  if (span === undefined && spans.knows('question')) return `answer ${answer} has no span of its question before it`;
  const isWarmUp = phase !== 'measured';
  if (isWarmUp && spans.closed('warmup') !== undefined)
    return `answer ${answer} is of the phase ${phase}, behind the warm-up`;
  return !isWarmUp && spans.isOpen('warmup') ? `answer ${answer} is measured within the warm-up` : null;
}

function promptFault(record: AnswerRecord, before: Asked | undefined): string | null {
  if (before === undefined) return null;
  const same =
    record.question === before.question &&
    record.expected === before.expected &&
    record.promptTokens === before.promptTokens &&
    record.promptTokensSha256 === before.promptTokensSha256;
  return same ? null : `answer ${record.answer}: the question "${record.questionId}" is another one than before`;
}

// The order of the questions of each round is drawn from the seed, so that any two rounds show whether it was this seed: both must come
// from one list. The warm-up counts as a round too.

interface OrderWatch {
  /** @param place of the question within its round, from 0 */
  fault(answer: AnswerRecord, place: number): string | null;
}

/** Null where the log does not say what an order is drawn from. */
function watchQuestionOrder({ seed, questions, requested }: Header): OrderWatch | null {
  const { firstRound } = requested;
  if (questions === undefined || typeof firstRound !== 'number') return null;
  const places = Array.from({ length: questions.count }, (_, place) => place);
  const listed: string[] = [];
  const orders = new Map<number, number[]>();
  const orderOf = (round: number) => {
    const known = orders.get(round);
    if (known !== undefined) return known;
    const order = questionOrder(places, seed, round);
    orders.clear();
    orders.set(round, order);
    return order;
  };
  return {
    fault({ phase, round, questionId, answer }, place) {
      const order = orderOf(phase === 'measured' ? firstRound + round : -1);
      const listPlace = order[place];
      if (listPlace === undefined) return null;
      const before = listed[listPlace] ?? questionId;
      listed[listPlace] = before;
      if (before === questionId) return null;
      return `answer ${answer} is to "${questionId}", where the order that seed ${seed} draws has "${before}"`;
    },
  };
}
