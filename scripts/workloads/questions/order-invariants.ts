/**
 * The order of the questions of each round is drawn from the seed, so that any two rounds tell whether it was this seed: both must come
 * from one list. The warm-up counts as a round too.
 */
import type { Header } from '../../log/run-log-format.ts';
import { type AnswerRecord, questionOrder } from './records.ts';

export interface OrderWatch {
  /** @param place of the question within its round, from 0 */
  fault(answer: AnswerRecord, place: number): string | null;
}

/** Null where the log does not say what an order is drawn from. */
export function watchQuestionOrder({ seed, questions, requested }: Header): OrderWatch | null {
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
