/**
 * What must hold between the answers of a run: they are numbered, follow each other in time and phase, each question comes once a
 * round, and asking the same again is the same prompt.
 */
import { phases } from '../../log/record-fields.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { LogWatch, Spans, WorkloadRules } from '../../results/invariants/log-watch.ts';
import { watchWarmUp } from '../../results/invariants/warm-up-faults.ts';
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

function watchAnswers(header: Header, spans: Spans, isChat: boolean): LogWatch {
  const orderFault = isChat ? () => null : watchQuestionOrder(header);
  const perRound = header.questions?.count;
  /** The first answer to each question. */
  const first = new Map<string, AnswerRecord>();
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
    faults.push(orderFault(answer, inRound.size));
    inRound.add(answer.questionId);
    return faults;
  };

  const warmUpFaults = (answer: AnswerRecord): Array<string | null> => {
    // A server is warmed up with a part of the list, which older versions chose otherwise.
    const drawn = perRound !== undefined && answer.served === undefined;
    return [
      answer.round === 0 ? null : `answer ${answer.answer} is a warm-up of round ${answer.round}`,
      drawn ? orderFault(answer, warmUps++ % perRound) : null,
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
        promptFault(record, first.get(record.questionId)),
      ];
      answers = record.answer + 1;
      previous = record;
      if (!first.has(record.questionId)) first.set(record.questionId, record);
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

const promptFields = ['question', 'expected', 'promptTokens', 'promptTokensSha256'] as const;

function promptFault(record: AnswerRecord, before: AnswerRecord | undefined): string | null {
  if (before === undefined || promptFields.every((field) => record[field] === before[field])) return null;
  return `answer ${record.answer}: the question "${record.questionId}" is another one than before`;
}

/**
 * The order of the questions of each round is drawn from the seed, so that any two rounds show whether it was this seed: both must come
 * from one list. The warm-up counts as a round too. Finds no fault where the log does not say what an order is drawn from.
 * @returns the fault of an answer at a place within its round, from 0
 */
function watchQuestionOrder({ seed, questions, requested }: Header) {
  const { firstRound } = requested;
  if (questions === undefined || typeof firstRound !== 'number') return () => null;
  const places = Array.from({ length: questions.count }, (_, place) => place);
  const listed: string[] = [];
  let drawn: { round: number; order: readonly number[] } | undefined;
  return ({ phase, round, questionId, answer }: AnswerRecord, place: number): string | null => {
    const turn = phase === 'measured' ? firstRound + round : -1;
    if (drawn?.round !== turn) drawn = { round: turn, order: questionOrder(places, seed, turn) };
    const listPlace = drawn.order[place];
    if (listPlace === undefined) return null;
    const before = listed[listPlace] ?? questionId;
    listed[listPlace] = before;
    if (before === questionId) return null;
    return `answer ${answer} is to "${questionId}", where the order that seed ${seed} draws has "${before}"`;
  };
}
